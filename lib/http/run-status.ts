import { describeChange } from "../core/change.ts";
import type { Run } from "../core/run.ts";
import { formatVmId } from "../core/vm-id.ts";
import { offlineSteps } from "../offline-repair/offline-steps.ts";
import { acceptedRequests } from "../runs/machine/requests.ts";
import { lockoutsOf } from "../scan/find-lockouts.ts";
import { wireCodeOf } from "./error-response.ts";
import type { OperationMonitor, OperationStatus, RunStatus, RunSummary } from "./responses.ts";
import type { ApiDeps } from "./route.ts";

export function statusOf({ state, outcome }: Run): OperationStatus {
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

export function summarizeRun(run: Run): RunSummary {
  return {
    id: run.id,
    status: statusOf(run),
    state: run.state,
    mode: run.intent,
    vm: formatVmId(run.vm),
    operationId: run.operation?.id ?? null,
    createdDateTime: run.createdAt,
    lastUpdatedDateTime: run.updatedAt,
    outcome: run.outcome?.kind ?? null,
  };
}

/** The run as callers see it. The evidence is left out: it is large and reveals more of a VM than its findings. */
export function presentRun(run: Run, rules: Pick<ApiDeps["settings"], "allowSelfApproval">): RunStatus {
  const { alert: _, principals: __, ...requestedBy } = run.trigger;
  return {
    ...summarizeRun(run),
    requestedBy,
    options: run.options,
    findings: run.findings,
    plan: run.plan && { ...run.plan, changes: run.plan.changes.map(describeChange) },
    offlineSteps: offlineSteps({ vm: run.vm, findings: run.findings, clientError: run.options.clientError }),
    decision: run.decision,
    decideByDateTime: run.decideBy,
    awaits: run.state === "awaiting-approval" ? question(run, rules) : null,
    accepts: acceptedRequests(run),
    weakenedUntilDateTime: (run.state !== "ended" && run.weakening?.until) || null,
    network: (run.after ?? run.before)?.network ?? [],
    proposals: run.proposals,
    notProposed: run.notProposed,
    pipelinePage: run.fixPage,
    access: run.access,
    receipts: run.receipts,
    findingsAfter: run.findingsAfter,
    lockouts: lockoutsOf(run),
    conflicts: run.conflicts,
    log: run.log,
    ...ending(run),
  };
}

function question(run: Run, { allowSelfApproval }: Parameters<typeof presentRun>[1]): RunStatus["awaits"] {
  const because = run.log.findLast(({ state }) => state === "awaiting-approval")?.message ?? "";
  const others = run.trigger.objectId && !allowSelfApproval ? `, but not ${run.trigger.by}, who asked for it` : "";
  return { because, whoMayDecide: `Anybody with the app role Rdp.Approve${others}` };
}

function ending(run: Run): Pick<RunStatus, "error" | "result"> {
  if (!run.outcome) return {};
  const { kind, summary, problem, coverage = null } = run.outcome;
  switch (statusOf(run)) {
    case "Failed":
      return { error: { code: wireCodeOf(problem?.code ?? kind), message: summary } };
    case "Succeeded":
      return { result: { outcome: kind, summary, coverage } };
    default:
      return {};
  }
}

/** The status monitor of several runs. A run that does not exist yet counts as not started. */
export function presentOperation(id: string, runs: readonly (Run | null)[]): OperationMonitor {
  const statuses = runs.map((run) => (run ? statusOf(run) : "NotStarted"));
  const failed = statuses.filter((status) => status === "Failed").length;
  const status = wholeOf(statuses);
  return {
    id,
    status,
    runs: runs.flatMap((run) => (run ? [summarizeRun(run)] : [])),
    ...(status === "Failed" && {
      error: { code: "RunsFailed", message: `${failed} of ${runs.length} runs failed. Each run says why.` },
    }),
  };
}

function wholeOf(statuses: readonly OperationStatus[]): OperationStatus {
  if (statuses.every((status) => status === "NotStarted")) return "NotStarted";
  if (statuses.some((status) => status === "NotStarted" || status === "Running")) return "Running";
  if (statuses.includes("Failed")) return "Failed";
  return statuses.every((status) => status === "Canceled") ? "Canceled" : "Succeeded";
}

/** States in which a run waits for long. */
const patient: readonly Run["state"][] = ["awaiting-approval", "weakened"];

/** Seconds until the next poll; `null` when the run has ended. Longer while a person decides. */
export function retryAfterOf(runs: readonly (Run | null)[]): string | null {
  const open = runs.filter((run) => run?.state !== "ended");
  if (open.length === 0) return null;
  return open.every((run) => run && patient.includes(run.state)) ? "30" : "5";
}
