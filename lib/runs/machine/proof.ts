import { rdpHandshakeSucceeds } from "../../checks/rdp-handshake-succeeds.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type Finding, isInOrder } from "../../core/finding.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { permits } from "../../core/risk.ts";
import type { Outcome, OuterHandshake, Run } from "../../core/run.ts";
import { describeAccess } from "./access.ts";
import { permittedRiskOf } from "./approval.ts";
import { examine } from "./diagnosis.ts";
import { askOutside, isLostOutside, outsideSeen } from "./outside.ts";
import { end, startScript, transition } from "./transitions.ts";
import { isWeakening, stayWeakened } from "./weakening.ts";

/*
 * The proof: the same checks on the new evidence, and handshakes. What made anything worse is taken back at once;
 * what has not helped is taken back when a restart would not help either.
 */

export function afterApply(run: Run, evidence: Evidence, now: Date): Run {
  const findingsAfter = examine(evidence, run.options.checks);
  const checked = { ...run, after: evidence, findingsAfter };
  const worse = worseAfter(checked);
  if (worse.length > 0) return rollBack(checked, `Worse than before: ${worse.join(", ")}.`, now);
  const unproven = unprovenAfter(checked);
  if (unproven.length > 0) return notYet(checked, unproven, now);
  const asked = askOutside(checked, "after");
  return asked.outside.asked ? asked : proven(asked, now);
}

/** The handshake after the changes has been made. */
export function seenAfter(run: Run, handshake: OuterHandshake, now: Date): Run {
  const seen = outsideSeen(run, handshake);
  return isLostOutside(seen)
    ? rollBack(seen, `Worse than before: the service's own handshake. ${handshake.because}`, now)
    : proven(seen, now);
}

/** What is in order may not be faulty afterwards; a section that could not be read again is no proof of harm, but for the handshake. */
function worseAfter(run: Run): string[] {
  const was = new Map(run.findings.map((finding) => [finding.check, finding.verdict]));
  const meant = (check: string) => run.plan?.worsens.includes(check) ?? false;
  const worse = run.findingsAfter
    .filter(({ check, verdict }) => verdict === "faulty" && isInOrder(was.get(check) ?? "unknown") && !meant(check))
    .map((finding) => finding.check);
  const { id } = rdpHandshakeSucceeds;
  // From the evidence itself: the check may not be among those that were asked for, or may have found another fault.
  const lost = completes(run.before) && !completes(run.after) && !meant(id);
  return lost && !worse.includes(id) ? [...worse, id] : worse;
}

function completes(evidence: Evidence | null): boolean {
  const handshake = evidence?.guest?.handshake;
  return handshake !== undefined && !isUnreadable(handshake) && handshake.result === "completed";
}

/** The checks that the plan should have restored, and that are not known to be well. */
function unprovenAfter({ plan, findingsAfter }: Run): string[] {
  return findingsAfter
    .filter(({ check, verdict }) => plan?.restores.includes(check) && (verdict === "faulty" || verdict === "unknown"))
    .map((finding) => finding.check);
}

/** A restart is asked of ARM where one may help and is permitted; the plan's own risk does not include it. */
function notYet(run: Run, unproven: readonly string[], now: Date): Run {
  if (!run.plan?.mayNeedRestart || run.restarted) {
    return rollBack(run, `Not proven: ${unproven.join(", ")}.`, now);
  }
  if (permits(permittedRiskOf(run), "reboots")) {
    return transition(run, "verifying", "The change may show only after a restart: restarting the VM.", now);
  }
  return end(run, now, {
    kind: "advised",
    summary: `The changes are in place, but ${unproven.join(", ")} may need a restart of the VM, and this run may do "${permittedRiskOf(run)}" at most, not "reboots". Restart it, then diagnose again; or undo this run.`,
  });
}

function rollBack(run: Run, why: string, now: Date): Run {
  return startScript(transition(run, "rolling-back", `${why} Taking everything back.`, now), "undo", now);
}

function proven(run: Run, now: Date): Run {
  return isWeakening(run.plan) ? stayWeakened(run, now) : end(run, now, repairOutcome(run));
}

function repairOutcome(run: Run): Outcome {
  const { plan, findingsAfter, outside } = run;
  const left = findingsAfter.filter(({ verdict }) => verdict === "faulty" || verdict === "unknown");
  const restored =
    `Restored and proven: ${plan?.restores.join(", ") ?? ""}${outside.after?.completed ? ", also by a handshake of the service itself" : ""}. ${describeAccess(run)}`.trim();
  if (left.length === 0) return { kind: "repaired", summary: `${restored} Undo with this run's id.` };
  return { kind: "advised", summary: `${restored} Not ours to change: ${named(left)}; the findings say what to do.` };
}

function named(findings: readonly Finding[]): string {
  return findings.map((finding) => finding.check).join(", ");
}
