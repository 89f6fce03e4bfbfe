import type { AzureEvidence } from "../../core/azure-evidence.ts";
import { wasClockSet } from "../../core/clock.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type GuestEvidence, sectionsOf, withSections } from "../../core/guest-evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run, RunIn } from "../../core/run.ts";
import { maximumReplans } from "../timing.ts";
import { cancelledUntouched } from "./cancel.ts";
import { afterDiagnosis } from "./diagnosis.ts";
import { type Events, ignoreEvent, type PhaseEvent } from "./events.ts";
import { failedBy, guestProblem } from "./guest-problem.ts";
import { combineEvidence, diagnoseRun, noteUnverified } from "./observe.ts";
import { type Awaited, awaitScript, leaveScript } from "./script.ts";
import { addLogEntry, endRun } from "./transitions.ts";
import { lookAgain, lookInside } from "./work.ts";

/** The phase that looks inside the VM. */
export function collecting(run: RunIn<"collecting">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
    case "script-started":
    case "script-running":
    case "script-absent":
    case "script-finished":
    case "effect-failed":
      if (event.kind === "effect-failed" && event.effect === "cross-check") {
        return unchecked(run, event.problem, now);
      }
      return collected(awaitScript(run, event, now), now);
    case "cross-checked":
      return crossChecked(run, event.network, now);
    case "cancel":
      // The script continues and changes nothing. Its Run Command is deleted when it can no longer be running.
      return cancelledUntouched(leaveScript(run, now), event.by, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

type Ignored = Events<"azure-read" | "restart-accepted" | "access-requested" | "probed" | "time-passed" | "decide">;

function crossChecked(run: RunIn<"collecting">, network: AzureEvidence["network"], now: Date): Run {
  if (run.crossChecks === "done") return run;
  const azure = { ...run.before.azure, network };
  const before = combineEvidence(azure, run.before.guest, run.options, now);
  return noteUnverified({ ...run, crossChecks: "done" as const, before }, azure, now);
}

/** Without cross-checks the verdict follows from the rules as they are configured. */
function unchecked(run: RunIn<"collecting">, { message }: Problem, now: Date): Run {
  return addLogEntry({ ...run, crossChecks: "done" as const }, `The network was not cross-checked. ${message}`, now);
}

function collected(awaited: Awaited<RunIn<"collecting">>, now: Date): Run {
  const { run } = awaited;
  switch (awaited.kind) {
    case "goes-on":
      return run;
    case "replied": {
      const { reply } = awaited;
      const wasNotDone = reply.status === "repeated" || reply.status === "expired";
      if (wasNotDone || !reply.evidence) {
        const problem = guestProblem(reply);
        return (
          withoutSecondLook(run, problem, now) ??
          (wasNotDone ? unseen(run, problem, now) : endRun(run, now, failedBy(problem)))
        );
      }
      return seen(run, reply.evidence, reply.dropped, now);
    }
    case "unknown":
      return withoutSecondLook(run, awaited.problem, now) ?? unseen(run, awaited.problem, now);
    case "not-started":
      return withoutSecondLook(run, awaited.problem, now) ?? endRun(run, now, failedBy(awaited.problem));
  }
}

/** A first look is completed by a second look when its reply had no room for some sections. */
function seen(run: RunIn<"collecting">, guest: GuestEvidence, dropped: readonly string[], now: Date): Run {
  const { azure, guest: first } = run.before;
  if (run.sections.length > 0 && first) return judge(run, withSections(first, guest, run.sections), now);
  const whole = combineEvidence(azure, guest, run.options, now);
  // Without the offset of the VM's clock, the guest could take the request for changes for an old one.
  if (wasClockSet(whole) && run.replans < maximumReplans) {
    const again = { ...run, replans: run.replans + 1 };
    return lookInside(again, run.before, now, "The clock of this service was set meanwhile: looking inside again.");
  }
  const missing = sectionsOf(dropped);
  if (missing.length === 0) return judge(run, guest, now);
  return lookAgain(run, whole, missing, now);
}

/** The evidence of the first look alone; `null` when this is the first look. */
function withoutSecondLook(run: RunIn<"collecting">, problem: Problem, now: Date): Run | null {
  const { guest } = run.before;
  return guest && run.sections.length > 0 ? judge(addLogEntry(run, problem.message, now), guest, now) : null;
}

function judge(run: Run & { before: Evidence }, guest: GuestEvidence, now: Date): Run {
  const evidence = combineEvidence(run.before.azure, guest, run.options, now);
  return afterDiagnosis(diagnoseRun(run, evidence), evidence, now);
}

/** The script's evidence is not known. The script changes nothing. */
function unseen(run: Run, problem: Problem, now: Date): Run {
  const nothing = run.receipts.length === 0 ? " Nothing was changed." : "";
  const summary = `${problem.message}${nothing} Start again; if it repeats, look at the VM agent.`;
  return endRun(run, now, { kind: "unknown", summary, problem });
}
