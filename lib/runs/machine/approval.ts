import { isUnreadable } from "../../core/guest-evidence.ts";
import { hashPlan, type Plan, plansOf } from "../../core/plan.ts";
import { fail, type Problem, type Result } from "../../core/problem.ts";
import { highestRisk, lowerRisk, permitsRisk, type Risk } from "../../core/risk.ts";
import { type Run, RunOptions } from "../../core/run.ts";

/*
 * The four-eyes rule: what a caller may request without an approval, what needs one, and who may approve.
 */

/**
 * What a run may do without an approval: the requested risk, up to the limit. A caller who may approve their own runs
 * may request more than the limit.
 */
export function permittedRisk(limit: Risk, asked: Risk | undefined, mayExceed: boolean): Result<Risk> {
  if (asked === undefined) return { ok: true, value: lowerRisk(limit, RunOptions.shape.maximumRisk.parse(undefined)) };
  if (mayExceed || permitsRisk(limit, asked)) return { ok: true, value: asked };
  return fail(
    "risk-above-limit",
    `A run may do "${limit}" at most without asking, and this one asks for "${asked}". Ask for less: a plan that needs more waits for a decision.`,
  );
}

/** Whether an approver has approved exactly this plan. */
export function isApproved({ decision }: Run, plan: Plan): boolean {
  return decision?.approved === true && decision.planHash === hashPlan(plan);
}

/** What this run may do now: what it may do without an approval, and the risk of the approved plan. */
export function permittedRiskOf(run: Run): Risk {
  const approved = plansOf(run).filter((plan) => isApproved(run, plan));
  return highestRisk([run.options.maximumRisk, ...approved.map(({ risk }) => risk)]);
}

/** Why this plan needs a decision, one sentence for each reason; empty when the run may apply it alone. */
export function reasonsToAsk(run: Run, plan: Plan): string[] {
  const permitted = permittedRiskOf(run);
  const risk = permitsRisk(permitted, plan.risk)
    ? null
    : `The plan's risk is "${plan.risk}", and this run may do "${permitted}" alone.`;
  return [risk, sessionsInTheWay(run, plan), unknownRole(run)].filter((reason) => reason !== null);
}

/** Whether the risk of the plan is the only reason to ask: nothing about this VM alone has to be weighed. */
export function asksForRiskAlone(run: Run, plan: Plan): boolean {
  return sessionsInTheWay(run, plan) === null && unknownRole(run) === null;
}

function sessionsInTheWay({ before, after, limits }: Run, plan: Plan): string | null {
  const interrupts = plan.mayNeedRestart || plan.changes.some(({ kind }) => kind === "restart-rdp-services");
  const guest = after?.guest ?? before?.guest;
  if (!interrupts || !guest) return null;
  const { sessions } = guest;
  if (isUnreadable(sessions)) return "The plan may end sessions, and how many are active could not be read.";
  const { active } = sessions;
  if (active <= limits.sessionsWithoutAsking) return null;
  const count = active === 1 ? "1 session is active" : `${active} sessions are active`;
  return `${count} on the VM and may be ended by the plan; ${limits.sessionsWithoutAsking} may be without asking.`;
}

/** A domain controller is never changed. When it is not known whether the VM is one, a person must decide. */
function unknownRole({ before }: Run): string | null {
  const unknown = before?.guest && isUnreadable(before.guest.system);
  return unknown ? "Whether the VM is a domain controller could not be read." : null;
}

/** Why this person may not approve this run; `null` when they may. Every approver may reject. */
export function approvalRefusal(run: Run, approver: string, allowSelfApproval: boolean): Problem | null {
  if (allowSelfApproval || run.trigger.objectId !== approver) return null;
  return fail(
    "self-approval",
    `Run ${run.id} was asked for by the same identity that now approves it. Another approver has to decide.`,
  ).problem;
}
