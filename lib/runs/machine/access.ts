import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Run, RunIn } from "../../core/run.ts";
import { accessReadMs, maximumAccessReads, maximumAttempts } from "../timing.ts";
import { isClosedByJit } from "./access-plan.ts";
import { afterDiagnosis } from "./diagnosis.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { combineEvidence, diagnoseRun } from "./observe.ts";
import { tryAgain } from "./script.ts";
import { addLogEntry, resetAttempts, waitFor } from "./transitions.ts";

/*
 * Requests the approved just-in-time access, then reads the network until its rule is visible.
 */

type Ignored = Events<
  "cross-checked" | ScriptAnswer | "departing" | "restart-accepted" | "probed" | "time-passed" | "decide" | "cancel"
>;

/** The phase that requests access and waits until its rule is visible. */
export function planned(run: RunIn<"planned">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "access-requested":
      if (run.access.state !== "due") return run;
      // Azure has accepted the request; the rule appears within seconds.
      return waitFor({ ...resetAttempts(run), access: { ...run.access, state: "requested" } }, accessReadMs, now);
    case "azure-read":
      return run.access.state === "requested" ? networkRead(resetAttempts(run), event.evidence, now) : run;
    case "effect-failed":
      if (event.effect !== "request-access" && event.effect !== "read-azure") return run;
      return tryAgain(run, event.problem, maximumAttempts, now) ?? refused(run, event.problem.message, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
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

function refused(run: RunIn<"planned">, why: string, now: Date): Run {
  const without = { ...run, access: { ...run.access, state: "refused" as const } };
  return afterDiagnosis(addLogEntry(without, `Just-in-time access was not granted. ${why}`, now), run.before, now);
}
