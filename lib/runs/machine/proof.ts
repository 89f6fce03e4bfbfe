import { rdpHandshakeSucceeds } from "../../checks/rdp-handshake-succeeds.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type Finding, isInOrder } from "../../core/finding.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { clientLimits } from "../../core/handshake.ts";
import type { Plan } from "../../core/plan.ts";
import { permitsRisk } from "../../core/risk.ts";
import type { Outcome, OuterHandshake, Run, RunIn } from "../../core/run.ts";
import { remediations } from "../../remediations/registry.ts";
import { planRepair } from "../planning/planner.ts";
import { maximumTiers } from "../timing.ts";
import { describeAccess } from "./access-plan.ts";
import { permittedRiskOf } from "./approval.ts";
import { runChecks } from "./observe.ts";
import { isLostOutside, isProbed } from "./outside.ts";
import { endRun, transition } from "./transitions.ts";
import { isWeakening, stayWeakened } from "./weakening.ts";
import { rollBack, workOrAsk } from "./work.ts";

/*
 * The proof: the same checks on the new evidence, and handshakes. A change that made anything worse is rolled back at
 * once. After a change that did not help comes the next remediation that the new evidence names, a restart, or a
 * rollback.
 */

/** A run whose changes have been made. */
export type Changed = RunIn<"probing" | "applying" | "verifying">;

export function afterApply(run: Changed, evidence: Evidence, now: Date): Run {
  const findingsAfter = runChecks(evidence, run.options.checks);
  const checked = { ...run, after: evidence, findingsAfter };
  const worse = worseAfter(checked);
  if (worse.length > 0) return unproven(checked, `Worse than before: ${withReasons(worse, checked)}`, now);
  const missing = unprovenAfter(checked);
  if (missing.length > 0) return notYet(checked, evidence, missing, now);
  if (!isProbed(checked, "after")) return proven(checked, now);
  const { before, plan } = checked;
  const message = "Making a handshake from outside the VM.";
  return transition<"probing">(checked, { state: "probing", before, plan, probing: "after" }, message, now);
}

/** The handshake after the changes has been made. */
export function seenAfter(run: Changed, handshake: OuterHandshake, now: Date): Run {
  const seen = { ...run, outside: { ...run.outside, after: handshake } };
  return isLostOutside(seen)
    ? unproven(seen, `Worse than before: the service's own handshake. ${handshake.because}`, now)
    : proven(seen, now);
}

function plansOf({ earlierPlans, plan }: Run): Plan[] {
  return plan ? [...earlierPlans, plan] : earlierPlans;
}

/**
 * The checks that were in order before and are faulty now. A section that could not be read again proves no harm,
 * except the handshake.
 */
function worseAfter(run: Run): string[] {
  const was = new Map(run.findings.map((finding) => [finding.check, finding.verdict]));
  const meant = (check: string) => plansOf(run).some(({ worsens }) => worsens.includes(check));
  const worse = run.findingsAfter
    .filter(({ check, verdict }) => verdict === "faulty" && isInOrder(was.get(check) ?? "unknown") && !meant(check))
    .map((finding) => finding.check);
  const { id } = rdpHandshakeSucceeds;
  // From the evidence itself: the check may not be among the requested checks, or may have found another fault.
  const lost = completes(run.before) && !completes(run.after) && !meant(id);
  return lost && !worse.includes(id) ? [...worse, id] : worse;
}

function completes(evidence: Evidence | null): boolean {
  const handshake = evidence?.guest?.handshake;
  return handshake !== undefined && !isUnreadable(handshake) && handshake.result === "completed";
}

/**
 * The checks that the plans should have restored and that are not known to be healthy; and named remediations that
 * restored nothing. A handshake that the VM's own client cannot make counts neither for a repair nor against one that
 * restored something else.
 */
function unprovenAfter(run: Run): string[] {
  const plans = plansOf(run);
  const restores = plans.flatMap((plan) => plan.restores);
  const provesNothing = limitsAfter(run).length > 0 && restoredChecks(run).length > 0;
  const checks = run.findingsAfter
    .filter(({ check, verdict }) => restores.includes(check) && (verdict === "faulty" || verdict === "unknown"))
    .filter(({ check }) => !(provesNothing && check === rdpHandshakeSucceeds.id))
    .map((finding) => finding.check);
  const named = run.options.remediations ? plans.flatMap((plan) => plan.remediations) : [];
  const idle = named.filter(({ id, risk }) => risk !== "weakens-security" && restoredBy(id, run).length === 0);
  return [...checks, ...(checks.length === 0 ? idle.map(({ id }) => `${id} restored no check`) : [])];
}

/** Why the VM's own client cannot prove the repair; empty when it can, or when the handshake succeeded. */
function limitsAfter({ after }: Run): string[] {
  return after?.guest ? clientLimits(after.guest) : [];
}

function restoredChecks(run: Run): string[] {
  return [...new Set(plansOf(run).flatMap((plan) => plan.restores))].filter((check) =>
    run.findingsAfter.some((finding) => finding.check === check && isInOrder(finding.verdict)),
  );
}

/** The checks with what they found after the changes, as sentences. */
function withReasons(checks: readonly string[], { findingsAfter }: Run): string {
  return checks
    .map((check) => {
      const finding = findingsAfter.find((one) => one.check === check);
      return finding && !isInOrder(finding.verdict) ? `${check} (${finding.because})` : check;
    })
    .join(", ")
    .concat(".");
}

/** Requests a restart from ARM when it may help and is permitted; the plan's own risk does not include it. */
function notYet(run: Changed, evidence: Evidence, missing: readonly string[], now: Date): Run {
  const { before, plan } = run;
  if (plan.mayNeedRestart && !run.restarted) {
    if (!permitsRisk(permittedRiskOf(run), "reboots")) return needsRestart(run, missing, now);
    const bootTimeBefore = bootTimeOf(evidence);
    const restart = { phase: "due" as const, bootTimeBefore, looks: 0 };
    const message = "The change may show only after a restart: restarting the VM.";
    return transition<"restarting">(run, { state: "restarting", before, plan, restart }, message, now);
  }
  const next = nextTier(run, evidence);
  if (!next) return unproven(run, `Not proven: ${withReasons(missing, run)}`, now);
  return workOrAsk({ ...run, earlierPlans: [...run.earlierPlans, plan] }, before, next, now);
}

/**
 * The next plan, from the evidence after the last one; `null` when it has nothing new, or no further remediation is
 * permitted.
 */
function nextTier(run: Changed, evidence: Evidence): Plan | null {
  const applied = plansOf(run);
  if (run.options.remediations || applied.length >= maximumTiers) return null;
  const planned = planRepair(evidence, run.findingsAfter, run.options);
  if (!planned.ok || planned.value.changes.length === 0) return null;
  const known = applied.flatMap((plan) => plan.remediations.map(({ id }) => id));
  return planned.value.remediations.some(({ id }) => !known.includes(id)) ? planned.value : null;
}

export function needsRestart(run: Changed, missing: readonly string[], now: Date): Run {
  return endRun(run, now, {
    kind: "advised",
    summary: `The changes are in place, but ${missing.join(", ")} may need a restart of the VM, and this run may do "${permittedRiskOf(run)}" at most, not "reboots". Restart it, then diagnose again; or undo this run.`,
  });
}

export function bootTimeOf({ guest }: Evidence): string | null {
  return guest && !isUnreadable(guest.system) ? guest.system.bootTime : null;
}

function unproven(run: Changed, why: string, now: Date): Run {
  return rollBack(run, run.before, { purpose: "rollback", why: `${why} Rolling everything back.` }, now);
}

function proven(run: Changed, now: Date): Run {
  return isWeakening(run.plan) ? stayWeakened(run, now) : endRun(run, now, repairOutcome(run));
}

function repairOutcome(run: Changed): Outcome {
  const { findingsAfter, outside } = run;
  const named = (run.options.remediations ?? []).flatMap((id) => restoredBy(id, run));
  const list = [...new Set([...restoredChecks(run), ...named])].join(", ");
  const outer = outside.after?.completed ? ", also by a handshake of the service itself" : "";
  const parts = [`Restored and proven: ${list}${outer}.`, describeAccess(run)];
  const left = findingsAfter.filter(({ verdict }) => verdict === "faulty");
  const limits = limitsAfter(run);
  if (limits.length > 0 && !outer) {
    parts.push(
      `A handshake is not proven from inside the VM: ${limits.join("; ")}. Prove it with a client outside of the VM, or with the command probe.`,
    );
  }
  const isUnprovable = (check: string) => limits.length > 0 && check === rdpHandshakeSucceeds.id;
  const unread = findingsAfter.filter(({ check, verdict }) => verdict === "unknown" && !isUnprovable(check));
  // A section that could not be read proves nothing about the repair.
  if (unread.length > 0) parts.push(`Not judged, because it could not be read: ${idsOf(unread)}.`);
  parts.push(
    left.length > 0 ? `Not ours to change: ${idsOf(left)}; the findings say what to do.` : "Undo with this run's id.",
  );
  return { kind: left.length > 0 ? "advised" : "repaired", summary: parts.filter(Boolean).join(" ") };
}

/** The checks that a remediation restored: they are healthy now, or have another note, and were not healthy before. */
function restoredBy(id: string, { findings, findingsAfter }: Run): string[] {
  const restores = remediations.find((remediation) => remediation.id === id)?.restores ?? [];
  const saysOf = (all: readonly Finding[], check: string) => all.find((one) => one.check === check);
  return restores.filter((check) => {
    const [was, is] = [saysOf(findings, check), saysOf(findingsAfter, check)];
    if (was?.verdict === "healthy" || !is) return false;
    return is.verdict === "healthy" || (is.verdict === "noted" && is.because !== was?.because);
  });
}

function idsOf(findings: readonly Finding[]): string {
  return findings.map((finding) => finding.check).join(", ");
}
