import { type Change, changeTarget, type Receipt } from "../../core/change.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type Plan, plansOf } from "../../core/plan.ts";
import type { ProvenTiers, Run } from "../../core/run.ts";
import { remediations } from "../../remediations/registry.ts";
import { planRepair } from "../planning/planner.ts";
import { maximumTiers } from "../timing.ts";
import { completes, repairOutcome, unprovenAfter, withReasons } from "./compare-findings.ts";
import { endRun, hasUnproven } from "./transitions.ts";
import { rollBack } from "./work.ts";

/*
 * The tiers of a run: its plans, each from the evidence after the one before. What is proven stays, whatever happens to
 * a later plan.
 */

type WithPlan = Run & { readonly plan: Plan };

/**
 * The next plan, from the evidence after the last one; `null` when the evidence names no remediation that this run has
 * not made, or no further plan is permitted.
 */
export function nextTier(run: Run, evidence: Evidence): Plan | null {
  return tierAfter(run, plansOf(run), evidence);
}

/** The next plan, when the plans in `applied` are in effect. */
function tierAfter(run: Run, applied: readonly Plan[], evidence: Evidence): Plan | null {
  if (run.options.remediations || applied.length >= maximumTiers) return null;
  const made = applied.flatMap((plan) => plan.remediations.map(({ id }) => id));
  const others = remediations.filter(({ id }) => !made.includes(id) && !run.failedRemediations.includes(id));
  const planned = planRepair(evidence, run.findingsAfter, run.options, others);
  return planned.ok && planned.value.changes.length > 0 ? planned.value : null;
}

/**
 * After a plan that the guest has rolled back because one of its changes failed (`failed`): the run without the
 * remediations of that change, and a plan that restores no less; `null` when there is none.
 */
export function planInstead<R extends WithPlan>(
  run: R,
  evidence: Evidence,
  failed: readonly Receipt[],
): { readonly run: R; readonly plan: Plan } | null {
  // What fails in the restart is the certificate that Windows has to make then.
  const kinds = failed.map(({ kind }) => (kind === "restart-rdp-services" ? "remove-rdp-certificate" : kind));
  const planned = run.plan.remediations.map(({ id }) => id);
  const failing = remediations.filter(
    ({ id, touches }) => planned.includes(id) && touches.some(({ kind }) => kinds.some((one) => one === kind)),
  );
  if (failing.length === 0) return null;
  const without = { ...run, failedRemediations: [...run.failedRemediations, ...failing.map(({ id }) => id)] };
  const plan = tierAfter(without, run.earlierPlans, evidence);
  const failsAgain = plan?.changes.some((change) => isAmong(failed, change)) ?? true;
  const restoresAll = plan && run.plan.restores.every((check) => plan.restores.includes(check));
  return restoresAll && !failsAgain ? { run: without, plan } : null;
}

/** A restart belongs to nearly every plan: it may succeed after other changes. */
function isAmong(failed: readonly Receipt[], change: Change): boolean {
  if (change.kind === "restart-rdp-services") return false;
  return failed.some(({ kind, target }) => kind === change.kind && target === changeTarget(change));
}

/** The run with its plan among the earlier ones, before the next. */
export function withEarlierPlan<R extends WithPlan>(run: R): R {
  return { ...run, earlierPlans: [...run.earlierPlans, run.plan] };
}

/** The same, where the plan is proven. */
export function withProvenPlan<R extends WithPlan>(run: R): R {
  const earlier = withEarlierPlan(run);
  const proven = {
    plans: earlier.earlierPlans.length,
    receipts: run.receipts.length,
    lastScript: run.scriptsStarted,
    findings: run.findingsAfter,
    completes: completes(run.after),
    outside: run.outside.after,
  };
  return { ...earlier, proven };
}

/** The present plan is not carried out: rolls back the plans before it that are not proven, if there are any. */
export function giveUpPlan(run: Run, before: Evidence, why: string, now: Date): Run {
  return run.proven && !hasUnproven(run)
    ? keepProven(run, run.proven, before, why, now)
    : rollBackUnproven(run, before, why, now);
}

/** Rolls back every plan that is not proven, the present one included. */
export function rollBackUnproven(run: Run, before: Evidence, why: string, now: Date): Run {
  const what = run.proven ? rollingLaterPlanBack : rollingEverythingBack;
  return rollBack(run, before, { purpose: "rollback", why: `${why} ${what}` }, now);
}

export const rollingEverythingBack = "Rolling everything back.";
const rollingLaterPlanBack = "Rolling the later plan back; what was proven before it stays.";

/**
 * Ends a run whose later plan was given up, with what was proven before. Should that no longer hold, it is rolled back
 * too. `conflicts`: what the rollback left in effect, so that an undo still knows of it.
 */
export function keepProven(
  run: Run,
  proven: ProvenTiers,
  before: Evidence,
  why: string,
  now: Date,
  conflicts = "",
): Run {
  const plans = plansOf(run);
  const [earlier, tried] = [plans.slice(0, proven.plans), plans.slice(proven.plans)];
  const [plan = null] = earlier.slice(-1);
  const receipts = run.receipts.slice(0, proven.receipts);
  const outside = { ...run.outside, after: proven.outside };
  const first = { ...run, plan, earlierPlans: earlier.slice(0, -1), receipts, outside } as Run;
  const lost = unprovenAfter(first);
  if (lost.length > 0) {
    const reason = `Not proven any more: ${withReasons(lost, run)} ${rollingEverythingBack}`;
    return rollBack({ ...run, proven: null }, before, { purpose: "rollback", why: reason }, now);
  }
  const ids = tried.flatMap(({ remediations }) => remediations.map(({ id }) => id)).join(", ");
  const told = `Not in effect: ${ids}. ${why.replace(rollingLaterPlanBack, "").trim()}${conflicts}`;
  return endRun(conflicts ? run : first, now, repairOutcome(first, told));
}
