import type { Evidence } from "../../core/evidence.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import type { Plan } from "../../core/plan.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import { remediations } from "../../remediations/registry.ts";
import { restoreForMs, restoreWaitMs } from "../policy.ts";
import { end, startScript, succeeded, transition } from "./transitions.ts";

/*
 * A setting that is weaker for a while. From the moment in which it may be so until it is known to be restored, the
 * run stays open and holds its VM, whatever gets in the way; the guest restores it by a task of its own as well.
 */

/** Whether one of these remediations weakens something: it is then done on request alone, and never for good. */
export function namesWeakening(ids: readonly string[]): boolean {
  return remediations.some(({ id, risk }) => risk === "weakens-security" && ids.includes(id));
}

export function isWeakening(plan: Plan | null): boolean {
  return plan?.remediations.some(({ risk }) => risk === "weakens-security") ?? false;
}

/** From here on something may be weaker than it was: noted before anything else is made of the guest's answer. */
export function noteWeakening(run: Run, now: Date): Run {
  if (!isWeakening(run.plan)) return run;
  const minutes = run.options.weakenMinutes ?? run.limits.weakenMinutes;
  const until = new Date(now.getTime() + minutes * 60_000).toISOString();
  return { ...run, weakening: { since: now.toISOString(), until, proven: false } };
}

/** What was asked for is so, and stays so until its time is over. */
export function stayWeakened(run: Run, now: Date): Run {
  if (!run.weakening) return run;
  const { until } = run.weakening;
  const message = `Relaxed until ${until}; the VM restores it by itself then, and this run makes sure of it.`;
  return transition({ ...run, weakening: { ...run.weakening, proven: true } }, "weakened", message, now);
}

/** Somebody wants it restored now. */
export function restoreEarly(run: Run, by: string, now: Date): Run {
  return restore(dueNow(run, now), `${by} wants the former setting back: restoring it.`, now);
}

/** When its time has come, at the first or at another attempt. */
export function restoreWhenDue(run: Run, now: Date): Run {
  const { weakening, notBefore } = run;
  const isDue = [weakening?.until, notBefore].every((time) => !time || Date.parse(time) <= now.getTime());
  return weakening && isDue ? restore(run, "Restoring the former setting.", now) : run;
}

function restore(run: Run, message: string, now: Date): Run {
  return startScript(transition(succeeded(run), "rolling-back", message, now), "undo", now);
}

/** The time limit, brought forward; one that has passed stays as it was. */
function dueNow(run: Run, now: Date): Run {
  if (!run.weakening || Date.parse(run.weakening.until) <= now.getTime()) return run;
  return { ...run, weakening: { ...run.weakening, until: now.toISOString() } };
}

/** It could not be restored now: tried again later, ever more rarely, for as long as there is hope. */
export function restoreLater(run: Run, problem: Problem, now: Date): Run {
  const due = dueNow(run, now);
  const overdueMs = now.getTime() - Date.parse(due.weakening?.until ?? run.updatedAt);
  if (problem.code === "vm-not-found") {
    const summary = `The VM is gone, and the relaxed setting with it. ${problem.message}`;
    return end({ ...due, script: null }, now, { kind: "failed", summary, problem });
  }
  if (overdueMs > restoreForMs) {
    const summary = `The relaxed setting could not be restored from here in ${restoreForMs / 86_400_000} days. Undo this run, or look at the VM. ${problem.message}`;
    return end({ ...due, script: null }, now, { kind: "failed", summary, problem });
  }
  const notBefore = new Date(now.getTime() + restoreWaitMs(overdueMs)).toISOString();
  const message = `${problem.message} The former setting is still to be restored: trying again at ${notBefore}.`;
  return transition({ ...due, script: null, attempts: 0, notBefore }, "weakened", message, now);
}

/** Whether a relaxed setting is still as this run made it; `null` when that could not be read. */
export function isInEffect({ plan }: Run, evidence: Evidence | null): boolean | null {
  const registry = evidence?.guest?.registry;
  if (!registry || isUnreadable(registry)) return null;
  const relaxed = plan?.changes.filter((change) => change.kind === "weaken-registry-value") ?? [];
  return relaxed.some(({ value, to }) => JSON.stringify(registry[value]) === JSON.stringify(to));
}
