import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { startMonitor, stopMonitor } from "../../lib/azure/monitor.ts";
import type { Run } from "../../lib/core/run.ts";
import { createRunWatcher } from "../../lib/telemetry/run-watcher.ts";
import { asEnded } from "../fixtures/stored-run.ts";
import { newRun } from "../runs/rig.ts";
import { startIngestion } from "./ingestion.ts";

/* A share of the runs is sent, each of them whole; the metrics count all runs. */

test("half of the runs are sent, each whole or not at all, and all of them are counted", async () => {
  const ingestion = await startIngestion();
  await startMonitor({ connectionString: ingestion.connectionString, credential: null, sampling: 0.5 });
  ingestion.trust();
  const watcher = createRunWatcher();
  const ids = Array.from({ length: 200 }, () => randomUUID());
  for (const id of ids) await follow(watcher, { ...newRun("diagnose"), id });
  await stopMonitor();
  await ingestion.close();

  const spans = ingestion.envelopes.filter(({ data }) => /Request|Dependency/.test(data.baseType));
  const traces = Map.groupBy(spans, ({ tags }) => tags["ai.operation.id"]);
  expect(traces.size).toBeGreaterThan(50);
  expect(traces.size).toBeLessThan(150);
  for (const items of traces.values()) {
    expect(items.map(({ data }) => data.baseData.name).sort()).toEqual(["claim", "release", "run diagnose"]);
  }
  const counted = ingestion.envelopes.flatMap(({ data }) => data.baseData.metrics ?? []);
  const runs = counted.filter(({ name }) => name === "rdp.runs").reduce((sum, { value }) => sum + value, 0);
  expect(runs).toBe(ids.length);
});

async function follow(watcher: ReturnType<typeof createRunWatcher>, run: Run): Promise<void> {
  for (const kind of ["claim", "release"] as const) {
    await watcher.performing?.({ kind }, run, async () => ({ kind: "time-passed" }));
  }
  watcher.saved?.(asEnded(run), run);
}
