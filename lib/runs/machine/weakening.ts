import type { Evidence } from "../../core/evidence.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import type { Plan } from "../../core/plan.ts";
import type { Problem } from "../../core/problem.ts";
import type { Outcome, Run, RunIn } from "../../core/run.ts";
import { traitsOf } from "../../core/vm-kinds.ts";
import { remediations } from "../../remediations/registry.ts";
import { restoreForMs, restoreWaitMs } from "../timing.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { endRun, isOver, transition, waitFor } from "./transitions.ts";
import { rollBack } from "./work.ts";

/*
 * A temporarily weakened setting. From the moment when it may be weakened until it is known to be restored, the run
 * does not end and holds its VM, whatever fails. A scheduled task in the guest restores it as well.
 */

/** Whether one of these remediations weakens a setting: that is done only on request, and never permanently. */
export function namesWeakening(ids: readonly string[]): boolean {
  return remediations.some(({ id, risk }) => risk === "weakens-security" && ids.includes(id));
}

export function isWeakening(plan: Plan | null): boolean {
  return plan?.remediations.some(({ id }) => namesWeakening([id])) ?? false;
}

/** From here on a setting may be weakened: recorded before the guest's reply is evaluated. */
export function noteWeakening<R extends Run>(run: R, now: Date): R {
  if (!isWeakening(run.plan)) return run;
  const minutes = run.options.weakenMinutes ?? run.limits.weakenMinutes;
  const until = new Date(now.getTime() + minutes * 60_000).toISOString();
  return { ...run, weakening: { since: now.toISOString(), until, proven: false } };
}

/** The setting is weakened as requested, and stays so until its time is over. */
export function stayWeakened(run: RunIn<"probing" | "applying" | "verifying">, now: Date): Run {
  const { before, plan, weakening } = run;
  if (!weakening) return run;
  const { until } = weakening;
  const message = `Weakened until ${until}; the VM restores it by itself then, and this run makes sure of it.`;
  const to = { state: "weakened" as const, before, plan, weakening: { ...weakening, proven: true } };
  return transition<"weakened">(run, to, message, now);
}

type Ignored = Events<
  | "cross-checked"
  | ScriptAnswer
  | "departing"
  | "azure-read"
  | "restart-accepted"
  | "access-requested"
  | "probed"
  | "effect-failed"
  | "decide"
>;

export function weakened(run: RunIn<"weakened">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "time-passed":
      return isDue(run, now) ? restore(run, "Restoring the former setting.", now) : run;
    case "cancel":
      return restore(dueNow(run, now), `${event.by} wants the former setting back: restoring it.`, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

/** Whether the restore is due, at the first or at a later attempt. */
function isDue(run: RunIn<"weakened">, now: Date): boolean {
  return Date.parse(run.weakening.until) <= now.getTime() && isOver(run, now);
}

function restore(run: RunIn<"weakened">, why: string, now: Date): Run {
  return rollBack(run, run.before, { purpose: "restore", why }, now);
}

/** Moves the time limit to now; a limit that has passed stays unchanged. */
function dueNow<R extends Run>(run: R, now: Date): R {
  if (!run.weakening || Date.parse(run.weakening.until) <= now.getTime()) return run;
  return { ...run, weakening: { ...run.weakening, until: now.toISOString() } };
}

/** A run with a setting that may be weakened does not end before the setting is restored. */
export function endOrRestore(run: Run, outcome: Outcome, now: Date): Run {
  const { weakening, problem } = { weakening: run.weakening, problem: outcome.problem };
  return weakening && problem ? restoreLater(run, problem, now) : endRun(run, now, outcome);
}

/** The setting could not be restored now: the restore is retried at growing intervals, up to a limit. */
export function restoreLater(run: Run, problem: Problem, now: Date): Run {
  const due = dueNow(run, now);
  const { weakening, plan, before } = due;
  const overdueMs = now.getTime() - Date.parse(weakening?.until ?? run.updatedAt);
  if (problem.code === "vm-not-found" || problem.code === "vm-replaced") {
    // A VM that was moved is not found, and still has the setting.
    const setting =
      problem.code === "vm-replaced" || traitsOf(due.vm).reusesNames
        ? "The VM is gone, and the weakened setting with it."
        : "The VM is gone from its id. Where it exists under another one, its own scheduled task restores the weakened setting.";
    const summary = `${setting} ${problem.message}`;
    return endRun(due, now, { kind: "failed", summary, problem });
  }
  if (overdueMs > restoreForMs || !weakening || !plan || !before) {
    const summary = `The weakened setting could not be restored from here in ${restoreForMs / 86_400_000} days. Undo this run, or look at the VM. ${problem.message}`;
    return endRun(due, now, { kind: "failed", summary, problem });
  }
  const waitMs = restoreWaitMs(overdueMs);
  const at = new Date(now.getTime() + waitMs).toISOString();
  const message = `${problem.message} The former setting is still to be restored: trying again at ${at}.`;
  const to = { state: "weakened" as const, before, plan, weakening };
  return waitFor(transition<"weakened">(due, to, message, now), waitMs, now);
}

/** Whether a weakened setting still has the value that this run wrote; `null` when it could not be read. */
export function isInEffect({ plan }: Run, evidence: Evidence | null): boolean | null {
  const registry = evidence?.guest?.registry;
  if (!registry || isUnreadable(registry)) return null;
  const weakened = plan?.changes.filter((change) => change.kind === "weaken-registry-value") ?? [];
  return weakened.some(({ value, to }) => JSON.stringify(registry[value]) === JSON.stringify(to));
}
