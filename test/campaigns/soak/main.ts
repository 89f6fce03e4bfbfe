import { parseArgs } from "node:util";
import { clockJumps } from "./clock-jumps.ts";
import { fullDisk } from "./full-disk.ts";
import { load } from "./load.ts";
import { lockedStore } from "./locked-store.ts";
import { takeOver } from "./take-over.ts";

/*
 * `npm run -s soak [-- --only PART] [--runs N]`: a service lives through a full disk, a locked store, jumps of the clock, the
 * death of another service on the same store, and a long load. Exit code 1: something was lost, doubled or did not recover.
 */

const parts = [clockJumps, lockedStore, fullDisk, takeOver, load];
const { values } = parseArgs({ options: { only: { type: "string" }, runs: { type: "string", default: "400" } } });
const wanted = parts.filter(({ name }) => values.only === undefined || name === values.only);
if (wanted.length === 0) throw new TypeError(`--only is one of: ${parts.map(({ name }) => name).join(", ")}.`);

for (const { name, run } of wanted) {
  const { figures, violations } = await run({ runs: Number(values.runs) });
  console.log(`${name}: ${JSON.stringify(figures)}`);
  for (const violation of violations) console.log(`  ${violation}`);
  if (violations.length === 0) continue;
  console.log(`  Again: npm run -s soak -- --only "${name}" --runs ${values.runs}`);
  process.exitCode = 1;
}
