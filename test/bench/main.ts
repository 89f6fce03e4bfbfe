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
import { pollOverhead } from "./poll-overhead.ts";
import { repairCost } from "./repair-cost.ts";
import { replySize } from "./reply-size.ts";
import { runCommands } from "./run-commands.ts";
import { storeCost } from "./store-cost.ts";

/* `npm run -s bench [-- --json] [-- --only NAME]`: prints every figure that the documents quote. */

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
  alertsStorm,
  coldStart,
  commandStart,
  network,
  fleetBenchmark,
  fleetMemory,
];

const names = benchmarks.flatMap((benchmark) => benchmark.names);
const values = readArguments();

const measurements: Measurement[] = [];
for (const benchmark of benchmarks) {
  if (values.only && !benchmark.names.includes(values.only)) continue;
  const wanted = (one: Measurement) => !values.only || one.name === values.only;
  measurements.push(...(await benchmark.run()).filter(wanted));
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

function readArguments(): { json?: boolean; only?: string } {
  const usage = `Usage: npm run -s bench [-- --json] [-- --only NAME], with one of the names ${names.join(", ")}.`;
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
    if (!values.only || names.includes(values.only)) return values;
    console.error(`There is no benchmark "${values.only}". ${usage}`);
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
