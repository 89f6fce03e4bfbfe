import type { Evidence } from "../../core/evidence.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { permitsRisk } from "../../core/risk.ts";
import type { OuterHandshake, Run, RunIn } from "../../core/run.ts";
import { describeStarting, type Starting, startingOf } from "../../core/starting.ts";
import { traitsOf } from "../../core/vm-kinds.ts";
import { maximumStartingLooks, startingLookMs } from "../timing.ts";
import { permittedRiskOf } from "./approval.ts";
import { repairOutcome, unprovenAfter, withReasons, worseAfter } from "./compare-findings.ts";
import { runChecks } from "./observe.ts";
import { isLostOutside, isProbed } from "./outside.ts";
import { nextTier, rollBackUnproven, withEarlierPlan, withProvenPlan } from "./tiers.ts";
import { countScript, endRun, newScript, transition, waitFor } from "./transitions.ts";
import { isWeakening, stayWeakened } from "./weakening.ts";
import { workOrAsk } from "./work.ts";

/*
 * The proof: the same checks on the new evidence, and handshakes. A change that made anything worse is rolled back at
 * once. After a change that did not help comes the next remediation that the new evidence names, a restart, or a
 * rollback. After one that helped comes the remediation of a fault that shows only now, or the end.
 */

/** A run whose changes have been made. */
export type Changed = RunIn<"probing" | "applying" | "verifying">;

export function afterApply(run: Changed, evidence: Evidence, now: Date): Run {
  const findingsAfter = runChecks(evidence, run.options.checks);
  const checked = { ...run, after: evidence, findingsAfter };
  const worse = worseAfter(checked);
  const missing = unprovenAfter(checked);
  if (worse.length > 0 || missing.length > 0) {
    const starting = evidence.guest && startingOf(evidence.guest);
    if (starting && run.startingLooks < maximumStartingLooks) return lookAgain(checked, starting, now);
  }
  if (worse.length > 0) return unproven(checked, `Worse than before: ${withReasons(worse, checked)}`, now);
  if (missing.length > 0) return notYet(checked, evidence, missing, now);
  if (!isProbed(checked, "after")) return proven(checked, now);
  const { before, plan } = checked;
  const message = "Making a handshake from outside the VM.";
  return transition<"probing">(checked, { state: "probing", before, plan, probing: "after" }, message, now);
}

/**
 * What Windows has not started yet proves nothing for the changes and nothing against them: reads the VM again, until
 * Windows has had its time.
 */
function lookAgain(run: Changed, starting: Starting, now: Date): Run {
  const { before, plan, restart, startingLooks } = run;
  const script = newScript(run, "collect", now);
  const counted = countScript({ ...run, startingLooks: startingLooks + 1 });
  const message = `Not judged yet: ${describeStarting(starting)}`;
  const to = { state: "verifying" as const, before, plan, script };
  const verifying = { ...transition<"verifying">(counted, to, message, now), restart };
  return waitFor(verifying, Math.min(startingLookMs, starting.lookInMinutes * 60_000), now);
}

/** The handshake after the changes has been made. */
export function seenAfter(run: Changed, handshake: OuterHandshake, now: Date): Run {
  const seen = { ...run, outside: { ...run.outside, after: handshake } };
  return isLostOutside(seen)
    ? unproven(seen, `Worse than before: the service's own handshake. ${handshake.because}`, now)
    : proven(seen, now);
}

/** Requests a restart from ARM when it may help and is permitted; the plan's own risk does not include it. */
function notYet(run: Changed, evidence: Evidence, missing: readonly string[], now: Date): Run {
  const { before, plan } = run;
  if (plan.mayNeedRestart && !run.restarted) {
    if (!traitsOf(run.vm).hasPower) return needsRestart(run, missing, now);
    if (!permitsRisk(permittedRiskOf(run), "reboots")) return needsRestart(run, missing, now);
    const bootTimeBefore = bootTimeOf(evidence);
    const restart = { phase: "due" as const, bootTimeBefore, looks: 0 };
    const message = "The change may show only after a restart: restarting the VM.";
    return transition<"restarting">(run, { state: "restarting", before, plan, restart }, message, now);
  }
  const next = nextTier(run, evidence);
  if (!next) return unproven(run, `Not proven: ${withReasons(missing, run)}`, now);
  return workOrAsk(withEarlierPlan(run), before, next, now);
}

export function needsRestart(run: Changed, missing: readonly string[], now: Date): Run {
  const { hasPower, noun } = traitsOf(run.vm);
  const why = hasPower
    ? `a restart of the VM, and this run may do "${permittedRiskOf(run)}" at most, not "reboots"`
    : `a restart, and Azure cannot restart ${noun}`;
  return endRun(run, now, {
    kind: "advised",
    summary: `The changes are in place, but ${missing.join(", ")} may need ${why}. Restart it, then diagnose again; or undo this run.`,
  });
}

export function bootTimeOf({ guest }: Evidence): string | null {
  return guest && !isUnreadable(guest.system) ? guest.system.bootTime : null;
}

function unproven(run: Changed, why: string, now: Date): Run {
  return rollBackUnproven(run, run.before, why, now);
}

function proven(run: Changed, now: Date): Run {
  if (isWeakening(run.plan)) return stayWeakened(run, now);
  const next = run.after && nextTier(run, run.after);
  return next ? workOrAsk(withProvenPlan(run), run.before, next, now) : endRun(run, now, repairOutcome(run));
}
