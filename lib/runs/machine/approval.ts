import { isUnreadable } from "../../core/guest-evidence.ts";
import { hashChanges, type Plan } from "../../core/plan.ts";
import { fail, type Problem, type Result } from "../../core/problem.ts";
import { highestRisk, lowerRisk, permits, type Risk } from "../../core/risk.ts";
import { type Run, RunOptions } from "../../core/run.ts";

/*
 * Four eyes: what a caller may ask for alone, what a run asks about, and who may say yes.
 */

/** What a run may do without asking: what is asked for, up to the limit; above it for who may approve it themselves anyway. */
export function permittedRisk(limit: Risk, asked: Risk | undefined, mayExceed: boolean): Result<Risk> {
  if (asked === undefined) return { ok: true, value: lowerRisk(limit, RunOptions.shape.maximumRisk.parse(undefined)) };
  if (mayExceed || permits(limit, asked)) return { ok: true, value: asked };
  return fail(
    "risk-above-limit",
    `A run may do "${limit}" at most without asking, and this one asks for "${asked}". Ask for less: a plan that needs more waits for a decision.`,
  );
}

/** Whether an approver has approved exactly these changes. */
export function isApproved({ decision }: Run, { changes }: Plan): boolean {
  return decision?.approved === true && decision.planHash === hashChanges(changes);
}

/** What this run may do by now: what it may do alone, and the risk of the plan that was approved. */
export function permittedRiskOf(run: Run): Risk {
  const { plan, options } = run;
  return plan && isApproved(run, plan) ? highestRisk([options.maximumRisk, plan.risk]) : options.maximumRisk;
}

/** Why this plan is not applied without a decision, one sentence each; none when the run may apply it alone. */
export function reasonsToAsk(run: Run, plan: Plan): string[] {
  const { maximumRisk } = run.options;
  const risk = permits(maximumRisk, plan.risk)
    ? null
    : `The plan's risk is "${plan.risk}", and this run may do "${maximumRisk}" alone.`;
  return [risk, sessionsInTheWay(run, plan), unknownRole(run)].filter((reason) => reason !== null);
}

function sessionsInTheWay({ before, limits }: Run, plan: Plan): string | null {
  const interrupts = plan.mayNeedRestart || plan.changes.some(({ kind }) => kind === "restart-rdp-services");
  if (!interrupts || !before?.guest) return null;
  const { sessions } = before.guest;
  if (isUnreadable(sessions)) return "The plan may end sessions, and how many are active could not be read.";
  const { active } = sessions;
  if (active <= limits.sessionsWithoutAsking) return null;
  const count = active === 1 ? "1 session is active" : `${active} sessions are active`;
  return `${count} on the VM and may be ended by the plan; ${limits.sessionsWithoutAsking} may be without asking.`;
}

/** A domain controller is not changed at all: where nobody can tell, a person has to. */
function unknownRole({ before }: Run): string | null {
  const unknown = before?.guest && isUnreadable(before.guest.system);
  return unknown ? "Whether the VM is a domain controller could not be read." : null;
}

/** Why this person may not approve this run; `null` when they may. Saying no is open to every approver. */
export function approvalRefusal(run: Run, approver: string, allowSelfApproval: boolean): Problem | null {
  if (allowSelfApproval || run.trigger.objectId !== approver) return null;
  return fail(
    "self-approval",
    `Run ${run.id} was asked for by the same identity that now approves it. Another approver has to decide.`,
  ).problem;
}
