import type { RunEngine } from "../runs/ports.ts";
import { type ScanRow, scanRun } from "../scan/scan-row.ts";
import type { FleetOperation } from "./fleet-operation.ts";
import type { OperationStore } from "./ports.ts";
import { allResultRows } from "./results.ts";

interface ScanSources {
  readonly store: Pick<OperationStore, "targetsOf" | "resultsOf">;
  readonly engine: Pick<RunEngine, "get">;
}

/** What an operation shows of each of its VMs, read one run at a time: the evidence of many VMs is large. */
export async function* scanRows(
  { store, engine }: ScanSources,
  operation: FleetOperation,
  days: number,
): AsyncGenerator<ScanRow> {
  for await (const { vm, runId, summary, result } of allResultRows(store, operation)) {
    const run = runId === null ? null : await engine.get(runId);
    const seen = run?.ok ? scanRun(run.value, days) : { looked: false, faults: [], lockouts: [] };
    yield { vm, runId, summary: summary || result, ...seen };
  }
}
