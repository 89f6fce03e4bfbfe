import type { Problem } from "../../core/problem.ts";
import type { Run, RunIn } from "../../core/run.ts";
import type { Effect } from "../effects.ts";
import { tryAgain } from "./script.ts";
import { resetAttempts } from "./transitions.ts";

/*
 * The alert that started a run is acknowledged when the plan waits for a decision, with who must decide and where. Nothing
 * depends on it: the outcome is reported at the end in any case.
 */

type Waiting = RunIn<"awaiting-approval">;

/** How often it is tried: the decision itself may come at any time. */
const maximumAttempts = 3;

export function acknowledge(run: Waiting): Effect | null {
  const { trigger, alertToldUntil, decideBy, id, plan } = run;
  if (!trigger.alert || alertToldUntil === decideBy) return null;
  const what = plan.remediations.map((one) => one.id).join(", ");
  const comment = `A plan waits for a decision until ${decideBy}: ${what} (risk: ${plan.risk}). An identity with the role Rdp.Approve decides about run ${id}.`;
  return { kind: "acknowledge-alert", alertId: trigger.alert.id, comment };
}

/** The answer may come when the run has gone on: then it changes nothing. */
export function acknowledged(run: Run): Run {
  return run.state === "awaiting-approval" ? { ...resetAttempts(run), alertToldUntil: run.decideBy } : run;
}

export function notAcknowledged(run: Run, problem: Problem, now: Date): Run {
  if (run.state !== "awaiting-approval") return run;
  return tryAgain(run, problem, maximumAttempts, now) ?? acknowledged(run);
}
