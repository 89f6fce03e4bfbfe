import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import type { OperationStatus, RunSummary } from "./run-view.ts";

/* Without the schemas of a run: a list of a few lines must not wait for them. */

export function statusOf({ state, outcome }: Pick<Run, "state" | "outcome">): OperationStatus {
  switch (outcome?.kind) {
    case undefined:
      return state === "queued" ? "NotStarted" : "Running";
    case "healthy":
    case "closed-on-purpose":
    case "repaired":
    case "advised":
    case "undone":
      return "Succeeded";
    case "cancelled":
      return "Canceled";
    case "not-repaired":
    case "unknown":
    case "failed":
      return "Failed";
  }
}

/** The parts of a run that its summary needs. */
export type Summarized = Pick<
  Run,
  "id" | "state" | "outcome" | "intent" | "vm" | "trigger" | "createdAt" | "updatedAt"
> & { readonly operation: { readonly id: string } | null };

export function summarizeRun(run: Summarized): RunSummary {
  const { alert, principals: _, ...by } = run.trigger;
  return {
    id: run.id,
    status: statusOf(run),
    state: run.state,
    mode: run.intent,
    vm: formatVmId(run.vm),
    operationId: run.operation?.id ?? null,
    requestedBy: { ...by, ...(alert && { alertId: alert.id }) },
    createdDateTime: run.createdAt,
    lastUpdatedDateTime: run.updatedAt,
    outcome: run.outcome?.kind ?? null,
    summary: run.outcome?.summary ?? "",
  };
}
