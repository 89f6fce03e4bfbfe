import type { Evidence } from "../../core/evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run, RunIn } from "../../core/run.ts";
import type { GuestReply } from "../../guest/protocol.ts";
import { maximumReplans } from "../timing.ts";
import { cancelledUntouched } from "./cancel.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { failedBy, guestProblem, reasonOf } from "./guest-problem.ts";
import { combineEvidence, runChecks } from "./observe.ts";
import { afterApply, seenAfter } from "./proof.ts";
import { type Awaited, awaitScript, mayHaveStarted } from "./script.ts";
import { giveUpPlan, planInstead } from "./tiers.ts";
import { addLogEntry, endRun, resetAttempts } from "./transitions.ts";
import { endOrRestore, noteWeakening } from "./weakening.ts";
import { applyPlan, lookInside, workOrAsk } from "./work.ts";

/*
 * The phases that change the VM: the external handshakes before and after, and the script.
 */

type Ignored = Events<
  "cross-checked" | "azure-read" | "restart-accepted" | "access-requested" | "time-passed" | "decide"
>;

export function probing(run: RunIn<"probing">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "probed": {
      if (run.probing === "after") return seenAfter(resetAttempts(run), event.handshake, now);
      const seen = { ...run, outside: { ...run.outside, before: event.handshake } };
      return applyPlan(seen, run.before, run.plan, "Applying the plan.", now);
    }
    case "effect-failed": {
      if (event.effect !== "probe") return run;
      const handshake = { address: "", completed: false, because: event.problem.message };
      return probing(run, { kind: "probed", handshake }, now);
    }
    case "cancel":
      return run.probing === "before" && run.receipts.length === 0 ? cancelledUntouched(run, event.by, now) : run;
    default:
      return ignoreEvent(run, event satisfies Ignored | Events<ScriptAnswer | "departing">);
  }
}

export function applying(run: RunIn<"applying">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
    case "script-started":
    case "script-running":
    case "script-absent":
    case "script-finished":
    case "effect-failed":
      return afterScript(awaitScript(run, event, now), now);
    case "cancel":
      // Once the PUT may have been sent, the change runs to its end.
      if (mayHaveStarted(run.script)) return run;
      return run.receipts.length === 0 ? cancelledUntouched(run, event.by, now) : run;
    default:
      return ignoreEvent(run, event satisfies Ignored | Events<"probed">);
  }
}

function afterScript(awaited: Awaited<RunIn<"applying">>, now: Date): Run {
  const { run } = awaited;
  switch (awaited.kind) {
    case "goes-on":
      return run;
    case "replied":
      return applied(run, awaited.reply, now);
    case "unknown":
      return endUnknown(run, awaited.problem, now);
    case "not-started": {
      const { problem } = awaited;
      if (run.receipts.length === 0) return endRun(run, now, failedBy(problem));
      return giveUpPlan(run, run.before, problem.message, now);
    }
  }
}

/**
 * The result inside the VM is not known: report that, and change nothing more, except to restore what may be weakened.
 */
function endUnknown(run: RunIn<"applying">, problem: Problem, now: Date): Run {
  const summary = `${problem.message} Diagnose the VM to see its state, then undo this run if it is worse.`;
  return endOrRestore(noteWeakening(run, now), { kind: "unknown", summary, problem }, now);
}

function applied(asked: RunIn<"applying">, reply: GuestReply, now: Date): Run {
  // Of a plan that was rolled back, the change that failed is told, and it was not made.
  const failed = reply.status === "rolled-back" ? reply.receipts.filter(({ changed }) => !changed) : [];
  const made = reply.receipts.filter((receipt) => !failed.includes(receipt));
  const run = { ...asked, receipts: [...asked.receipts, ...made] };
  const evidence = reply.evidence && combineEvidence(run.before.azure, reply.evidence, run.options, now);
  switch (reply.status) {
    case "done": {
      const noted = noteWeakening(run, now);
      if (!evidence) return endOrRestore(noted, failedBy(guestProblem(reply)), now);
      return afterApply(addLogEntry(noted, "Checking the VM again.", now, "verifying"), evidence, now);
    }
    case "repeated":
    case "expired":
      return endUnknown(run, guestProblem(reply), now);
    case "refused": {
      if (run.earlierPlans.length > 0) {
        return giveUpPlan(run, run.before, `The VM changed meanwhile: ${reasonOf(reply)}`, now);
      }
      if (run.replans >= maximumReplans) return endRun(run, now, failedBy(guestProblem(reply)));
      const again = { ...run, replans: run.replans + 1 };
      return lookInside(again, run.before, now, `The VM changed meanwhile: ${reply.reason}`);
    }
    case "journal-unusable": {
      // Another look would not help, and without a journal nothing can be rolled back either.
      const stands = run.receipts.length > 0 ? " What was changed before stays: undo this run afterwards." : "";
      const problem = guestProblem(reply);
      return endOrRestore(run, { ...failedBy(problem), summary: `${problem.message}${stands}` }, now);
    }
    case "rolled-back": {
      const instead = evidence && planInstead(seenAnew(run, evidence), evidence, failed);
      if (instead) {
        const message = `A change failed and was rolled back inside the VM: ${reasonOf(reply)}`;
        return workOrAsk(addLogEntry(instead.run, message, now), run.before, instead.plan, now);
      }
      if (run.earlierPlans.length > 0) {
        const why = `A change failed and was rolled back inside the VM: ${reasonOf(reply)}`;
        return giveUpPlan(seenAnew(asked, evidence), run.before, why, now);
      }
      return endRun({ ...run, after: evidence }, now, {
        kind: "not-repaired",
        summary: `A change failed and everything was rolled back inside the VM: ${reasonOf(reply)}`,
        problem: guestProblem(reply),
      });
    }
    case "failed": {
      const summary = `A change failed and not everything could be rolled back: ${reasonOf(reply)} Undo this run to try again.`;
      const outcome = { ...failedBy(guestProblem(reply)), summary };
      return endOrRestore({ ...noteWeakening(run, now), after: evidence }, outcome, now);
    }
  }
}

/** After a failed step that the guest has rolled back itself: only the evidence is new. */
function seenAnew(run: RunIn<"applying">, evidence: Evidence | null): RunIn<"applying"> {
  if (!evidence) return run;
  return { ...run, after: evidence, findingsAfter: runChecks(evidence, run.options.checks) };
}
