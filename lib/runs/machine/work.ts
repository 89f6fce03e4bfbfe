import type { AccessRequest } from "../../core/access-request.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { SectionName } from "../../core/guest-evidence.ts";
import type { Plan } from "../../core/plan.ts";
import type { Rollback, Run } from "../../core/run.ts";
import { decisionMs } from "../timing.ts";
import { isApproved, reasonsToAsk } from "./approval.ts";
import { isProbed } from "./outside.ts";
import { countScript, newScript, transition } from "./transitions.ts";

/*
 * From a plan to the phase that carries it out, with an approval when one is needed; and the other transitions into a
 * phase that runs a script.
 */

/** Starts a new look inside the VM. */
export function lookInside(run: Run, before: Evidence, now: Date, message = "Collecting evidence inside the VM."): Run {
  const script = newScript(run, "collect", now);
  return transition<"collecting">(
    countScript(run),
    { state: "collecting", before, script, sections: [] },
    message,
    now,
  );
}

/** A second look, for sections for which the first reply had no room. */
export function lookAgain(run: Run, before: Evidence, sections: SectionName[], now: Date): Run {
  const script = newScript(run, "collect", now);
  const message = `The reply had no room for ${sections.join(", ")}: looking again for these.`;
  return transition<"collecting">(countScript(run), { state: "collecting", before, script, sections }, message, now);
}

/** Carries the plan out, or waits for a decision about it. A decision about another plan does not count. */
export function workOrAsk(run: Run, before: Evidence, plan: Plan, now: Date): Run {
  const reasons = isApproved(run, plan) ? [] : reasonsToAsk(run, plan);
  if (reasons.length === 0) return beginWork(run, before, plan, describeWork(plan), now);
  const decideBy = new Date(now.getTime() + decisionMs).toISOString();
  const message = `${reasons.join(" ")} Waiting for a decision until ${decideBy}.`;
  const asking = { ...run, decision: null };
  return transition<"awaiting-approval">(asking, { state: "awaiting-approval", before, plan, decideBy }, message, now);
}

/**
 * Carries the plan out: requests access, rolls back, or changes the VM; the latter after an external handshake, when
 * the service makes them.
 */
export function beginWork(run: Run, before: Evidence, plan: Plan, message: string, now: Date): Run {
  if (plan.access) return requestAccess(run, before, plan.access, now);
  if (plan.undo) return rollBack({ ...run, plan }, before, { purpose: "undo", why: message }, now);
  const isFirst = run.earlierPlans.length === 0 && run.outside.before === null;
  if (!isFirst || !isProbed({ ...run, before }, "before")) return applyPlan(run, before, plan, message, now);
  return transition<"probing">(run, { state: "probing", before, plan, probing: "before" }, message, now);
}

export function applyPlan(run: Run, before: Evidence, plan: Plan, message: string, now: Date): Run {
  const script = newScript(run, "apply", now);
  return transition<"applying">(countScript(run), { state: "applying", before, plan, script }, message, now);
}

export function rollBack(run: Run, before: Evidence, rollback: Rollback, now: Date): Run {
  const script = newScript(run, "undo", now);
  return transition<"rolling-back">(
    countScript(run),
    { state: "rolling-back", before, script, rollback },
    rollback.why,
    now,
  );
}

function describeWork({ changes, undo }: Plan): string {
  if (undo) return "Restoring the former state.";
  return `Applying ${changes.length === 1 ? "1 change" : `${changes.length} changes`}.`;
}

function requestAccess(run: Run, before: Evidence, access: AccessRequest, now: Date): Run {
  const message = `Requesting just-in-time access for ${access.sources.join(", ")} until ${access.until}.`;
  return transition<"planned">(run, { state: "planned", before, access }, message, now);
}
