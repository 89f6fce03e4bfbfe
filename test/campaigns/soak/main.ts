import { parseArgs } from "node:util";
import { machine, tableOf, writeSection } from "../report.ts";
import { clockJumps } from "./clock-jumps.ts";
import { fullDisk } from "./full-disk.ts";
import { load } from "./load.ts";
import { lockedStore } from "./locked-store.ts";
import type { SoakPart, SoakResult } from "./part.ts";
import { takeOver } from "./take-over.ts";

/*
 * `npm run -s soak [-- --only PART] [--runs N]`: a service lives through a full disk, a locked store, jumps of the clock, the
 * death of another service on the same store, and a long load. Exit code 1: something was lost, doubled or did not recover.
 * Without --only the figures go to docs/faults.md.
 */

const parts: readonly SoakPart[] = [clockJumps, lockedStore, fullDisk, takeOver, load];
const { values } = parseArgs({ options: { only: { type: "string" }, runs: { type: "string", default: "400" } } });
const wanted = parts.filter(({ name }) => values.only === undefined || name === values.only);
if (wanted.length === 0) throw new TypeError(`--only is one of: ${parts.map(({ name }) => name).join(", ")}.`);

const results: (SoakResult & SoakPart)[] = [];
for (const part of wanted) {
  const result = await part.run({ runs: Number(values.runs) });
  results.push({ ...part, ...result });
  const { figures, violations } = result;
  console.log(`${part.name}: ${JSON.stringify(figures)}`);
  for (const violation of violations) console.log(`  ${violation}`);
  if (violations.length === 0) continue;
  console.log(`  Again: npm run -s soak -- --only "${part.name}" --runs ${values.runs}`);
  process.exitCode = 1;
}
if (values.only === undefined && process.exitCode === undefined) writeSection("soak", section());

function section(): string[] {
  const rows = results.map(({ name, what, figures }) => [
    name,
    what,
    Object.entries(figures)
      .map(([figure, value]) => `${figure}: ${value}`)
      .join("; "),
  ]);
  return [
    "## A service in adversity",
    "",
    "`npm run -s soak` lets one service over SQLite live through what follows. Every run ends as on a quiet day, no script is executed",
    "twice, and the file is intact, or the command fails.",
    "",
    ...tableOf(["part", "what happens", "figures"], rows),
    "",
    "Violations: none.",
    "",
    machine(),
  ];
}
