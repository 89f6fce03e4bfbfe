import type { AzureEvidence } from "../../core/azure-evidence.ts";
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

type Ignored = Events<
  "cross-checked" | ScriptAnswer | "departing" | "restart-accepted" | "probed" | "time-passed" | "decide"
>;

/** The phase that requests access and waits until its rule is visible. */
export function planned(run: RunIn<"planned">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "access-requested":
      return requested(run, now);
    case "azure-read":
      return run.access.state === "requested" ? networkRead(resetAttempts(run), event.evidence, now) : run;
    case "effect-failed":
      if (event.effect !== "request-access" && event.effect !== "read-azure") return run;
      return tryAgain(run, event.problem, maximumAttempts, now) ?? notRequested(run, event, now);
    case "cancel":
      return run.access.state === "due" ? cancelled(run, event.by, now) : run;
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

/** A run that holds its VM may have sent the request at this moment. */
function cancelled(run: RunIn<"planned">, by: string, now: Date): Run {
  if (!run.claimed) return cancelledUntouched(run, by, now);
  const summary = `${by} cancelled the run. Nothing was changed in the VM. If just-in-time access was requested already, it ends by itself at ${run.access.until}.`;
  return endRun(run, now, { kind: "cancelled", summary });
}

/** The request of a run that was cancelled meanwhile has succeeded. */
export function requestedAfterEnd(run: RunIn<"ended">, now: Date): Run {
  if (run.access?.state !== "due") return run;
  const message = `Just-in-time access was requested before the cancellation. It ends by itself at ${run.access.until}.`;
  return addLogEntry({ ...run, access: { ...run.access, state: "requested" } }, message, now);
}

/** Azure has accepted the request, or may have; its rule appears within seconds. */
function requested(run: RunIn<"planned">, now: Date): Run {
  if (run.access.state !== "due") return run;
  return waitFor({ ...resetAttempts(run), access: { ...run.access, state: "requested" } }, accessReadMs, now);
}

/** Only a refusal is a refusal: after any other failure Azure may have granted the access, and the network shows it. */
function notRequested(run: RunIn<"planned">, { problem }: Events<"effect-failed">, now: Date): Run {
  const { state } = run.access;
  const isRefused = isRefusal(problem) || problem.code === "invalid-input";
  if (state === "due" && isRefused) return refused(run, "was not granted", problem.message, now);
  if (state === "due")
    return requested(addLogEntry(run, `${problem.message} Looking whether access is granted.`, now), now);
  return refused(run, "may be granted: the network could not be read since", problem.message, now);
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
  const without = { ...run, access: { ...run.access, state: "refused" as const } };
  return afterDiagnosis(addLogEntry(without, `Just-in-time access ${what}. ${why}`, now), run.before, now);
}
