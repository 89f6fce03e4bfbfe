import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { StoreName } from "../processes/service-process.ts";
import { newSeed } from "../random.ts";
import { writeSection } from "../report.ts";
import { type KillResult, killCampaign } from "./campaign.ts";
import { killSection } from "./section.ts";

/*
 * `npm run -s kill [-- --seed N] [--kills N] [--store sqlite|tables] [--json]`: the service is killed with SIGKILL at random
 * instants while callers ask for repairs, approvals, undos and cancellations and alerts arrive. The seed repeats what they ask for
 * and when the service is killed; what is in flight then depends on the machine. Without --store both run, in processes of their
 * own, and the figures go to docs/faults.md. Exit code 1: something was lost or doubled.
 */

const stores: readonly StoreName[] = ["sqlite", "tables"];
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    kills: { type: "string", default: "30" },
    store: { type: "string" },
    json: { type: "boolean" },
  },
});
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const kills = Number(values.kills);
const wanted = stores.filter((name) => values.store === undefined || values.store === name);
if (wanted.length === 0 || !Number.isInteger(seed) || !Number.isInteger(kills))
  throw new TypeError("--store is sqlite or tables, --seed and --kills are numbers.");

const results = await Promise.all(wanted.map(wanted.length > 1 ? inOwnProcess : inThisProcess));
if (values.json) console.log(JSON.stringify(results));
else results.forEach(report);
if (wanted.length > 1 && results.every(({ violations }) => violations.length === 0))
  writeSection("kill", killSection(results));

async function inThisProcess(store: StoreName): Promise<KillResult> {
  console.error(`${store}: seed ${seed}`);
  return killCampaign({ store, seed, kills, vms: 24, tell: (line) => console.error(`${store}: ${line}`) });
}

async function inOwnProcess(store: StoreName): Promise<KillResult> {
  const given = [
    fileURLToPath(import.meta.url),
    "--store",
    store,
    "--seed",
    String(seed),
    "--kills",
    String(kills),
    "--json",
  ];
  const running = promisify(execFile)(process.execPath, given);
  running.child.stderr?.pipe(process.stderr);
  const [result] = JSON.parse((await running).stdout) as [KillResult];
  return result;
}

function report({ store, violations, ...figures }: KillResult): void {
  console.log(`${store}: ${JSON.stringify(figures)}`);
  for (const violation of violations) console.log(violation);
  if (violations.length === 0) return;
  console.log(`Again: npm run -s kill -- --seed ${seed} --kills ${kills} --store ${store}`);
  process.exitCode = 1;
}
