import { machine, tableOf } from "../report.ts";
import type { KillResult } from "./campaign.ts";

const storeNames = {
  sqlite: "SQLite, `serve`",
  tables: "Azurite, the Functions app without its host",
  host: "Azurite, the Functions app in its host",
} as const;

/** The section of docs/faults.md. */
export function killSection(results: readonly KillResult[]): string[] {
  return [
    "## A service that is killed",
    "",
    "`npm run -s kill` kills the service with SIGKILL at random instants, some of them while it starts. Callers ask for repairs, undos,",
    "approvals and cancellations meanwhile, alerts are delivered three times each, and every request is repeated until it is answered.",
    "Azure loses some answers, refuses some calls and throttles others. It is simulated in a process of its own, which lives on.",
    "",
    "Afterwards these hold, or the command fails and prints the seed that repeats it: every promised run has ended; no script was executed",
    "twice; no firing has led to two runs; the file of SQLite is intact after each kill; no claim and no Run Command is left, but for",
    "those of cancelled runs whose script may still be running: their runs delete them at its deadline; a webhook was told of every plan",
    "that waited and of the end of every run, in the order of each run, while a second one answered 500 and a third one hung.",
    "",
    ...figuresOf(results),
  ];
}

/** The section about a real host. */
export function hostSection(results: readonly KillResult[]): string[] {
  return [
    "## A Functions host that is killed",
    "",
    "`FUNCTIONS_HOST_START=COMMAND npm run -s kill -- --store host` does the same to the app as it is packed, in a Functions host that COMMAND",
    "starts, with Durable Functions over Azurite: host and worker get SIGKILL, and the next host finds what they had taken from the queues.",
    "",
    ...figuresOf(results),
  ];
}

function figuresOf(results: readonly KillResult[]): string[] {
  const rows = results.map(({ store, kills, seed, accepted, outcomes, scripts, awaited, notifications }) => [
    storeNames[store],
    seed,
    kills,
    countsOf(accepted),
    countsOf(outcomes),
    scripts,
    awaited,
    notifications ? `${notifications.events}, ${notifications.repeated} of them twice` : "none",
  ]);
  return [
    ...tableOf(
      ["store", "seed", "kills", "promised", "outcomes", "scripts executed", "Run Commands awaited", "notifications"],
      rows,
    ),
    "",
    "`failed`: another run was at work on the VM, and the answer said so. Violations: none.",
    "",
    machine(),
  ];
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
}
