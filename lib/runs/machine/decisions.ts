import type { Outcome, Run, RunIn } from "../../core/run.ts";
import { isApproved } from "./approval.ts";
import { cancelledUntouched } from "./cancel.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { giveUpPlan } from "./tiers.ts";
import { endRun } from "./transitions.ts";
import { beginWork } from "./work.ts";

/*
 * Decisions about a plan that waits, and the absence of one.
 */

type Waiting = RunIn<"awaiting-approval">;

type Ignored = Events<
  | "cross-checked"
  | ScriptAnswer
  | "departing"
  | "azure-read"
  | "restart-accepted"
  | "access-requested"
  | "probed"
  | "effect-failed"
>;

export function awaitingApproval(run: Waiting, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "decide":
      return decided(run, event, now);
    case "cancel":
      return isUntouched(run)
        ? cancelledUntouched(run, event.by, now)
        : refuse(run, `${event.by} cancelled the run.`, now);
    case "time-passed":
      if (Date.parse(run.decideBy) > now.getTime()) return run;
      return refuse(run, "No decision came in time.", now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

function decided(run: Waiting, event: Events<"decide">, now: Date): Run {
  if (event.planHash !== run.plan.hash) return run;
  const { approved, by, planHash, reason } = event;
  const decision = { approved, by, at: now.toISOString(), planHash, ...(reason === undefined ? {} : { reason }) };
  const known = { ...run, decision };
  if (!approved) return refuse(known, `${by} rejected the plan${reason ? `: ${reason}` : ""}.`, now);
  if (!isApproved(known, run.plan)) return endRun(run, now, strangePlan);
  return beginWork(known, run.before, run.plan, `${by} approved the plan.`, now);
}

/** Ends the run when its plan is not approved. Changes of its earlier plans are rolled back, unless they are proven. */
function refuse(run: Waiting, why: string, now: Date): Run {
  if (isUntouched(run)) return endRun(run, now, { kind: "cancelled", summary: `${why} Nothing was changed.` });
  return giveUpPlan(run, run.before, why, now);
}

function isUntouched({ receipts }: Run): boolean {
  return receipts.length === 0;
}

const strangePlan: Outcome = {
  kind: "failed",
  summary: "The stored plan is not the one of its hash. Nothing was changed. Look at who can write to the store.",
  problem: { code: "internal", message: "The changes of the plan do not have its hash.", retryable: false },
};
