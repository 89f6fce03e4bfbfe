import { parseArgs } from "node:util";
import { alertsStorm } from "./alerts-storm.ts";
import type { Benchmark, Measurement } from "./benchmark.ts";
import { coldStart } from "./cold-start.ts";
import { collectCost } from "./collect-cost.ts";
import { commandStart } from "./command-start.ts";
import { fleetBenchmark } from "./fleet.ts";
import { fleetMemory } from "./fleet-memory.ts";
import { httpIntake } from "./http-intake.ts";
import { largeLooks } from "./large-looks.ts";
import { longLife } from "./long-life.ts";
import { network } from "./network.ts";
import { operatorPage } from "./operator-page.ts";
import { pollOverhead } from "./poll-overhead.ts";
import { queuedRuns } from "./queued-runs.ts";
import { repairCost } from "./repair-cost.ts";
import { replySize } from "./reply-size.ts";
import { runCommands } from "./run-commands.ts";
import { storeCost } from "./store-cost.ts";

/* `npm run -s bench [-- --json] [-- --only NAME ...]`: prints every figure that the documents quote. */

const benchmarks: readonly Benchmark[] = [
  repairCost,
  runCommands,
  collectCost,
  largeLooks,
  replySize,
  pollOverhead,
  httpIntake,
  storeCost,
  longLife,
  queuedRuns,
  alertsStorm,
  coldStart,
  commandStart,
  network,
  operatorPage,
  fleetBenchmark,
  fleetMemory,
];

const names = benchmarks.flatMap((benchmark) => benchmark.names);
const values = readArguments();

const measurements: Measurement[] = [];
for (const benchmark of benchmarks) {
  if (!benchmark.names.some(isWanted)) continue;
  measurements.push(...(await benchmark.run()).filter(({ name }) => isWanted(name)));
}

if (values.json) {
  console.log(JSON.stringify(measurements, null, 2));
} else {
  const rows = measurements.map((one) => [
    one.name,
    `${round(one.value)} ${one.unit}`,
    one.reference === null ? "" : `${round(one.reference)} ${one.unit}`,
    one.ratio === null ? "" : one.ratio.toFixed(2),
    one.goal,
  ]);
  printTable([["name", "value", "reference", "ratio", "goal"], ...rows]);
}

function isWanted(name: string): boolean {
  return !values.only || values.only.includes(name);
}

function readArguments(): { json?: boolean; only?: string[] } {
  const usage = `Usage: npm run -s bench [-- --json] [-- --only NAME ...], with names of ${names.join(", ")}.`;
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string", multiple: true } } });
    const unknown = values.only?.find((name) => !names.includes(name));
    if (unknown === undefined) return values;
    console.error(`There is no benchmark "${unknown}". ${usage}`);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error} ${usage}`);
  }
  process.exit(2);
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function printTable(rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
