import { fail, type Problem, type Result } from "../core/problem.ts";
import { lowerRisk, permits, type Risk } from "../core/risk.ts";
import { type Run, RunOptions } from "../core/run.ts";

/*
 * Four eyes: what a caller may ask for alone, and who may say yes to the rest.
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

/** Why this person may not approve this run; `null` when they may. Saying no is open to every approver. */
export function approvalRefusal(run: Run, approver: string, allowSelfApproval: boolean): Problem | null {
  if (allowSelfApproval || run.trigger.objectId !== approver) return null;
  return fail(
    "self-approval",
    `Run ${run.id} was asked for by the same identity that now approves it. Somebody else has to decide.`,
  ).problem;
}
