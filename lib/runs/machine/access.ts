import type { AccessRequest } from "../../core/access-request.ts";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run, RunIn } from "../../core/run.ts";
import { accessReadMs, maximumAccessReads, maximumAttempts } from "../timing.ts";
import { isClosedByJit } from "./access-plan.ts";
import { cancelledUntouched } from "./cancel.ts";
import { afterDiagnosis } from "./diagnosis.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { combineEvidence, diagnoseRun } from "./observe.ts";
import { isRefusal, tryAgain } from "./script.ts";
import { addLogEntry, endRun, resetAttempts, waitFor } from "./transitions.ts";

/*
 * Requests the approved just-in-time access, then reads the network until its rule is visible.
 */

type Ignored = Events<"cross-checked" | ScriptAnswer | "restart-accepted" | "probed" | "time-passed" | "decide">;

/** The phase that requests access and waits until its rule is visible. */
export function planned(run: RunIn<"planned">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
      return event.effect === "request-access" ? withSent(run, sentBy(run) + 1) : run;
    case "access-requested":
      return requested(run, now);
    case "azure-read":
      return run.access.state === "requested" ? networkRead(resetAttempts(run), event.evidence, now) : run;
    case "effect-failed":
      if (event.effect !== "request-access" && event.effect !== "read-azure") return run;
      return notRequested(event.effect === "request-access" ? notSent(run, event.problem) : run, event.problem, now);
    case "cancel":
      return run.access.state === "due" ? cancelled(run, event.by, now) : run;
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

function sentBy({ access }: RunIn<"planned">): number {
  return access.sent ?? 0;
}

function withSent(run: RunIn<"planned">, count: number): RunIn<"planned"> {
  const { sent: _, ...access } = run.access;
  return { ...run, access: count > 0 ? { ...access, sent: count } : access };
}

/** A refused request is not under way. After any other failure Azure may have carried it out. */
function notSent(run: RunIn<"planned">, problem: Problem): RunIn<"planned"> {
  return isRefusal(problem) || problem.code === "invalid-input" ? withSent(run, sentBy(run) - 1) : run;
}

/** A request may be on its way at this moment, or may have been carried out with its response lost. */
function cancelled(run: RunIn<"planned">, by: string, now: Date): Run {
  if (sentBy(run) === 0) return cancelledUntouched(run, by, now);
  const summary = `${by} cancelled the run. Nothing was changed in the VM. If just-in-time access was requested already, it ends by itself at ${run.access.until}.`;
  return endRun(run, now, { kind: "cancelled", summary });
}

/** The request of a run that was cancelled meanwhile has succeeded. */
export function requestedAfterEnd(run: RunIn<"ended">, now: Date): Run {
  if (run.access?.state !== "due") return run;
  const message = `Just-in-time access was requested before the cancellation. It ends by itself at ${run.access.until}.`;
  return addLogEntry({ ...run, access: noLongerDue(run.access, "requested") }, message, now);
}

/** Azure has accepted the request, or may have; its rule appears within seconds. */
function requested(run: RunIn<"planned">, now: Date): Run {
  if (run.access.state !== "due") return run;
  return waitFor({ ...resetAttempts(run), access: noLongerDue(run.access, "requested") }, accessReadMs, now);
}

function noLongerDue({ sent: _, ...access }: AccessRequest, state: "requested" | "refused"): AccessRequest {
  return { ...access, state };
}

/** Given up only where no request can have been carried out; otherwise the network shows whether one was. */
function notRequested(run: RunIn<"planned">, problem: Problem, now: Date): Run {
  const again = tryAgain(run, problem, maximumAttempts, now);
  if (again) return again;
  if (run.access.state !== "due")
    return refused(run, "may be granted: the network could not be read since", problem.message, now);
  if (sentBy(run) === 0) return refused(run, "was not granted", problem.message, now);
  return requested(addLogEntry(run, `${problem.message} Looking whether access is granted.`, now), now);
}

/** The same diagnosis with the network as it is now: its verdict proves the access. */
function networkRead(run: RunIn<"planned">, azure: AzureEvidence, now: Date): Run {
  const { access, before, options } = run;
  const evidence = combineEvidence(azure, before.guest, options, now);
  const reads = access.reads + 1;
  const closed = evidence.network.some((one) => access.sources.includes(one.source) && isClosedByJit(one));
  if (closed && reads < maximumAccessReads) return waitFor({ ...run, access: { ...access, reads } }, accessReadMs, now);
  const message = closed
    ? "Just-in-time access was requested, and no rule of it has shown."
    : `Just-in-time access is granted until ${access.until}.`;
  const settled = addLogEntry(
    { ...run, access: { ...access, reads, state: closed ? "refused" : "granted" } },
    message,
    now,
  );
  return afterDiagnosis(diagnoseRun(settled, evidence), evidence, now);
}

function refused(run: RunIn<"planned">, what: string, why: string, now: Date): Run {
  const without = { ...run, access: noLongerDue(run.access, "refused") };
  return afterDiagnosis(addLogEntry(without, `Just-in-time access ${what}. ${why}`, now), run.before, now);
}
