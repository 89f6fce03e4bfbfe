import { machine, tableOf } from "../report.ts";
import type { KillResult } from "./campaign.ts";

const storeNames = { sqlite: "SQLite, `serve`", tables: "Azurite, the Functions app without its host" } as const;

/** The section of docs/faults.md. */
export function killSection(results: readonly KillResult[]): string[] {
  const rows = results.map(({ store, kills, seed, accepted, outcomes, scripts, awaited }) => [
    storeNames[store],
    seed,
    kills,
    Object.entries(accepted)
      .map(([what, count]) => `${count} ${what}`)
      .join(", "),
    Object.entries(outcomes)
      .map(([what, count]) => `${count} ${what}`)
      .join(", "),
    scripts,
    awaited,
  ]);
  return [
    "## A service that is killed",
    "",
    "`npm run -s kill` kills the service with SIGKILL at random instants, some of them while it starts. Callers ask for repairs, undos,",
    "approvals and cancellations meanwhile, alerts are delivered three times each, and every request is repeated until it is answered.",
    "Azure loses some answers, refuses some calls and throttles others. It is simulated in a process of its own, which lives on.",
    "",
    "Afterwards these hold, or the command fails and prints the seed that repeats it: every promised run has ended; no script was executed",
    "twice; no firing has led to two runs; the file of SQLite is intact after each kill; no claim and no Run Command is left, but for",
    "those of cancelled runs whose script may still be running: their runs delete them at its deadline.",
    "",
    ...tableOf(["store", "seed", "kills", "promised", "outcomes", "scripts executed", "Run Commands awaited"], rows),
    "",
    "`failed`: another run was at work on the VM, and the answer said so. Violations: none.",
    "",
    machine(),
  ];
}
