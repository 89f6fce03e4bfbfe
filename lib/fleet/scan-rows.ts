import type { RunEngine } from "../runs/ports.ts";
import { type ScanRow, scanRun } from "../scan/scan-row.ts";
import type { FleetOperation } from "./fleet-operation.ts";
import type { OperationStore } from "./ports.ts";
import { resultRows } from "./results.ts";

interface ScanSources {
  readonly store: Pick<OperationStore, "targetsOf" | "resultsOf">;
  readonly engine: Pick<RunEngine, "get">;
}

/** What an operation shows of its VMs `from` up to, not including, `to`. */
export async function scanRows(
  { store, engine }: ScanSources,
  operation: FleetOperation,
  days: number,
  from: number,
  to: number,
): Promise<ScanRow[]> {
  const rows: ScanRow[] = [];
  // One run at a time: the evidence of many VMs is large.
  for (const { vm, runId, summary, result } of await resultRows(store, operation, from, to)) {
    const run = runId === null ? null : await engine.get(runId);
    const seen = run?.ok ? scanRun(run.value, days) : { looked: false, faults: [], lockouts: [] };
    rows.push({ vm, runId, summary: summary || result, ...seen });
  }
  return rows;
}
