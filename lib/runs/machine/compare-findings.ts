import { rdpHandshakeSucceeds } from "../../checks/rdp-handshake-succeeds.ts";
import type { Evidence } from "../../core/evidence.ts";
import { type Finding, isInOrder } from "../../core/finding.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import { clientLimits } from "../../core/handshake.ts";
import { plansOf } from "../../core/plan.ts";
import type { Outcome, Run } from "../../core/run.ts";
import { lifeOf } from "../../core/scale-set.ts";
import { remediations } from "../../remediations/registry.ts";
import { describeAccess } from "./access-plan.ts";

/*
 * Compares the findings before and after the changes: what got worse, what is not proven, and what was restored. Pure.
 */

/**
 * The checks that were in order before, or after the last proven plan, and are faulty now. A section that
 * could not be read again proves no harm, except the handshake.
 */
export function worseAfter(run: Run): string[] {
  const { findings, completes: completed } = run.proven ?? { findings: run.findings, completes: completes(run.before) };
  const was = new Map(findings.map((finding) => [finding.check, finding.verdict]));
  const meant = (check: string) => plansOf(run).some(({ worsens }) => worsens.includes(check));
  const worse = run.findingsAfter
    .filter(({ check, verdict }) => verdict === "faulty" && isInOrder(was.get(check) ?? "unknown") && !meant(check))
    .map((finding) => finding.check);
  const { id } = rdpHandshakeSucceeds;
  // From the evidence itself: the check may not be among the requested checks, or may have found another fault.
  const lost = completed && !completes(run.after) && !meant(id);
  return lost && !worse.includes(id) ? [...worse, id] : worse;
}

/** Whether the VM's own handshake completed. */
export function completes(evidence: Evidence | null): boolean {
  const handshake = evidence?.guest?.handshake;
  return handshake !== undefined && !isUnreadable(handshake) && handshake.result === "completed";
}

/**
 * The checks that the plans should have restored and that are not known to be healthy; and named remediations that
 * restored nothing. A handshake that the VM's own client cannot make counts neither for a repair nor against one that
 * restored something else.
 */
export function unprovenAfter(run: Run): string[] {
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
export function withReasons(checks: readonly string[], { findingsAfter }: Run): string {
  return checks
    .map((check) => {
      const finding = findingsAfter.find((one) => one.check === check);
      return finding && !isInOrder(finding.verdict) ? `${check} (${finding.because})` : check;
    })
    .join(", ")
    .concat(".");
}

/**
 * What was restored, what was not judged, and what is left. `givenUp`: why a later plan of the run is not in effect, as
 * sentences.
 */
export function repairOutcome(run: Run, givenUp: string | null = null): Outcome {
  const { findingsAfter, outside } = run;
  const named = (run.options.remediations ?? []).flatMap((id) => restoredBy(id, run));
  const list = [...new Set([...restoredChecks(run), ...named])].join(", ");
  const outer = outside.after?.completed ? ", also by a handshake of the service itself" : "";
  const parts = [`Restored and proven: ${list}${outer}.`, describeAccess(run), givenUp];
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
  const still = givenUp === null ? "Not ours to change" : "Still faulty";
  parts.push(left.length > 0 ? `${still}: ${idsOf(left)}; the findings say what to do.` : "Undo with this run's id.");
  if (run.before) parts.push(...lifeOf(run.before.azure.vm));
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
