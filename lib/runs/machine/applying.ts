import type { Plan } from "../../core/plan.ts";
import type { Run } from "../../core/run.ts";
import { decisionMs } from "../policy.ts";
import { isApproved, reasonsToAsk } from "./approval.ts";
import { askOutside, outsideSeen } from "./outside.ts";
import { startScript, transition } from "./transitions.ts";

/*
 * From a plan to its application, past whoever has to agree.
 */

/** Applies the plan, or waits for a decision about it. A decision about another plan does not count. */
export function applyOrAsk(run: Run, plan: Plan, now: Date): Run {
  const reasons = isApproved(run, plan) ? [] : reasonsToAsk(run, plan);
  if (reasons.length === 0) return beginToApply(run, `Applying ${plan.changes.length} changes.`, now);
  const decideBy = new Date(now.getTime() + decisionMs).toISOString();
  const message = `${reasons.join(" ")} Waiting for a decision until ${decideBy}.`;
  return transition({ ...run, decision: null, decideBy }, "awaiting-approval", message, now);
}

/** Puts the plan in flight, after a handshake from outside where the service makes them. */
export function beginToApply(run: Run, message: string, now: Date): Run {
  const asked = askOutside(transition(run, "applying", message, now), "before");
  return asked.outside.asked ? asked : startScript(asked, "apply", now);
}

/** The handshake before the changes has been made. */
export function seenBefore(run: Run, handshake: Parameters<typeof outsideSeen>[1], now: Date): Run {
  return startScript(outsideSeen(run, handshake), "apply", now);
}
