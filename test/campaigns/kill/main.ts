import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { hostCommand } from "../../e2e/host/functions-host.ts";
import { newSeed } from "../random.ts";
import { writeSection } from "../report.ts";
import { type KillResult, killCampaign } from "./campaign.ts";
import { hostSection, killSection } from "./section.ts";
import { type TargetName, targetNames } from "./targets.ts";

/*
 * `npm run -s kill [-- --seed N] [--kills N] [--store sqlite|tables|host] [--json]`: the service is killed with SIGKILL at random
 * instants while callers ask for repairs, approvals, undos and cancellations and alerts arrive. The seed repeats what they ask for
 * and when the service is killed; what is in flight then depends on the machine. Without --store all run, in processes of their own,
 * the Functions host after the others and where there is one (FUNCTIONS_HOST_START names the command that starts it), and the figures
 * go to docs/faults.md; those of the host also with `--store host`. Exit code 1: something was lost or doubled.
 */

/** A Functions host takes half a minute to start. */
const killsOf: Readonly<Record<TargetName, number>> = { sqlite: 30, tables: 30, host: 8 };
/** The longest time between two kills, and the callers' VMs. */
const paceOf: Readonly<Record<TargetName, { longestMs: number; vms: number }>> = {
  sqlite: { longestMs: 6000, vms: 24 },
  tables: { longestMs: 6000, vms: 24 },
  host: { longestMs: 20_000, vms: 12 },
};

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    kills: { type: "string" },
    store: { type: "string" },
    json: { type: "boolean" },
  },
});
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const wanted = targetNames.filter(
  (name) => (values.store ?? name) === name && (name !== "host" || values.store || hostCommand),
);
const isNumber = (text: string | undefined) => text === undefined || Number.isInteger(Number(text));
if (wanted.length === 0 || !isNumber(values.seed) || !isNumber(values.kills))
  throw new TypeError(`--store is one of ${targetNames.join(", ")}; --seed and --kills are numbers.`);

const results = wanted.length === 1 ? await Promise.all(wanted.map(inThisProcess)) : await all();
if (values.json) console.log(JSON.stringify(results));
else results.forEach(report);
const isRight = results.every(({ violations }) => violations.length === 0);
const ofHost = results.filter(({ store }) => store === "host");
if (isRight && wanted.length > 1) writeSection("kill", killSection(results.filter((one) => !ofHost.includes(one))));
if (isRight && ofHost.length > 0 && !values.json) writeSection("kill-host", hostSection(ofHost));

/** Not all at once: a Functions host alone is more than two cores can do quickly. */
async function all(): Promise<KillResult[]> {
  const first = await Promise.all(wanted.filter((name) => name !== "host").map(inOwnProcess));
  const last = await Promise.all(wanted.filter((name) => name === "host").map(inOwnProcess));
  return [...first, ...last];
}

function killsAt(store: TargetName): number {
  return Number(values.kills ?? killsOf[store]);
}

async function inThisProcess(store: TargetName): Promise<KillResult> {
  console.error(`${store}: seed ${seed}`);
  const tell = (line: string) => console.error(`${store}: ${line}`);
  return killCampaign({ store, seed, kills: killsAt(store), ...paceOf[store], tell });
}

async function inOwnProcess(store: TargetName): Promise<KillResult> {
  const given = [
    fileURLToPath(import.meta.url),
    "--store",
    store,
    "--seed",
    String(seed),
    "--kills",
    String(killsAt(store)),
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
  console.log(`Again: npm run -s kill -- --seed ${seed} --kills ${killsAt(store)} --store ${store}`);
  process.exitCode = 1;
}
