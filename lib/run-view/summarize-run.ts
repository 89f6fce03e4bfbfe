import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import type { OperationStatus, RunHead, RunSummary } from "./run-view.ts";

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

type Logged = Pick<Run, "state"> & { readonly log: readonly Pick<Run["log"][number], "state" | "message">[] };

/** A run in a list. */
export function summarizeRun(run: Summarized & Logged): RunSummary {
  const { state, log } = run;
  const latestMessage = state === "ended" ? "" : state === "awaiting-approval" ? whyItWaits(run) : log.at(-1)?.message;
  return { ...headOf(run), latestMessage: latestMessage ?? "" };
}

/**
 * Why a run waits for a decision: the message with which it began to wait. Later ones in the same state are about something
 * else, such as an alert that could not be acknowledged.
 */
export function whyItWaits({ log }: Pick<Logged, "log">): string {
  const before = log.findLastIndex(({ state }) => state !== "awaiting-approval");
  return log[before + 1]?.message ?? "";
}

export function headOf(run: Summarized): RunHead {
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
