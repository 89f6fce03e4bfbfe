import { checks } from "../checks/registry.ts";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { Evidence } from "../core/evidence.ts";
import type { Finding } from "../core/finding.ts";
import { type GuestEvidence, isUnreadable } from "../core/guest-evidence.ts";
import { fail } from "../core/problem.ts";
import { permits } from "../core/risk.ts";
import type { Outcome, Run } from "../core/run.ts";
import { defaultRdpPort } from "../core/windows.ts";
import type { GuestReply } from "../guest/protocol.ts";
import { judge } from "../network/judge.ts";
import { planRepair } from "./planner.ts";
import { decisionMs } from "./policy.ts";
import { end, enter, startScript } from "./transitions.ts";

/*
 * Where evidence becomes a decision: what was found, what to do about it, and whether it worked.
 */

/** Puts together all that was observed, with the network judged for the port on which the guest listens. */
export function observe(azure: AzureEvidence, guest: GuestEvidence | null, sources: string[], now: Date): Evidence {
  const port = guest && !isUnreadable(guest.listener) ? guest.listener.port : defaultRdpPort;
  return { at: now.toISOString(), azure, guest, network: judge(azure, sources, port) };
}

/** The findings of the asked checks, or of all. */
export function examine(evidence: Evidence, asked: readonly string[] | undefined): Finding[] {
  return checks
    .filter((check) => !asked || asked.includes(check.id))
    .map((check) => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }));
}

export function diagnose(run: Run, evidence: Evidence): Run {
  return { ...run, before: evidence, findings: examine(evidence, run.options.checks) };
}

/** From findings to what comes next: nothing to do, a plan to show, a decision to wait for, or the repair. */
export function afterDiagnosis(run: Run, now: Date): Run {
  if (!run.before) return run;
  const planned = planRepair(run.before, run.findings, run.options);
  if (!planned.ok) {
    return end(run, now, { kind: "failed", summary: planned.problem.message, problem: planned.problem });
  }
  const plan = planned.value;
  const withPlan = enter({ ...run, plan }, "planned", describeFindings(run.findings), now);
  if (run.intent === "diagnose" || run.options.dryRun || plan.changes.length === 0) {
    return end(withPlan, now, diagnosisOutcome(withPlan));
  }
  if (!permits(run.options.maximumRisk, plan.risk)) {
    const decideBy = new Date(now.getTime() + decisionMs).toISOString();
    const asks = `The plan's risk is "${plan.risk}", and this run may do "${run.options.maximumRisk}" alone: waiting for a decision.`;
    return enter({ ...withPlan, decideBy }, "awaiting-approval", asks, now);
  }
  return startScript(enter(withPlan, "applying", `Applying ${plan.changes.length} changes.`, now), "apply", now);
}

function named(findings: readonly Finding[], verdict: Finding["verdict"]): string[] {
  return findings.filter((finding) => finding.verdict === verdict).map((finding) => finding.check);
}

function describeFindings(findings: readonly Finding[]): string {
  const faulty = named(findings, "faulty");
  if (faulty.length === 0) return "No check found a fault.";
  return `${faulty.length === 1 ? "One check" : `${faulty.length} checks`} found a fault: ${faulty.join(", ")}.`;
}

function diagnosisOutcome(run: Run): Outcome {
  const faulty = named(run.findings, "faulty");
  const unknown = named(run.findings, "unknown");
  if (faulty.length === 0 && unknown.length === 0) {
    return { kind: "healthy", summary: "Everything that was checked is in order; nothing was changed." };
  }
  if (faulty.length === 0) {
    return {
      kind: "advised",
      summary: `No fault was found, but ${unknown.join(", ")} could not be judged. Nothing was changed.`,
    };
  }
  const fixable = (run.plan?.changes.length ?? 0) > 0;
  const advice = fixable
    ? "A repair would apply the plan that is shown."
    : "None of it can be repaired from inside this VM; the findings say what to do.";
  return { kind: "advised", summary: `${describeFindings(run.findings)} Nothing was changed. ${advice}` };
}

/** The proof: the same checks on the new evidence. What does not prove itself is taken back. */
export function afterApply(run: Run, evidence: Evidence, now: Date): Run {
  const findingsAfter = examine(evidence, run.options.checks);
  const checked = { ...run, after: evidence, findingsAfter };
  const doubts = doubtsAfter(run, findingsAfter);
  if (doubts.length === 0) return end(checked, now, repairOutcome(checked));
  if (run.plan?.mayNeedRestart && !run.restarted) {
    if (permits(run.options.maximumRisk, "reboots") || run.decision?.approved) {
      return enter(checked, "verifying", "The change may show only after a restart: restarting the VM.", now);
    }
    return end(checked, now, {
      kind: "advised",
      summary: `The changes are in place, but ${doubts.join(", ")} may need a restart of the VM. Restart it, then diagnose again; or undo this run.`,
    });
  }
  const why = `Not proven: ${doubts.join(", ")}. Taking everything back.`;
  return startScript(enter(checked, "rolling-back", why, now), "undo", now);
}

/**
 * The checks that the plan should have restored and did not, and those that were in order and now are faulty. For
 * the latter a section that could not be read again is no proof of harm.
 */
function doubtsAfter(run: Run, after: readonly Finding[]): string[] {
  const was = new Map(run.findings.map((finding) => [finding.check, finding.verdict]));
  return after
    .filter(({ check, verdict }) => {
      if (run.plan?.restores.includes(check)) return verdict === "faulty" || verdict === "unknown";
      return verdict === "faulty" && was.get(check) === "healthy";
    })
    .map((finding) => finding.check);
}

function repairOutcome(run: Run): Outcome {
  const left = run.findingsAfter.filter(({ verdict }) => verdict === "faulty" || verdict === "unknown");
  const restored = run.plan?.restores.join(", ") ?? "";
  if (left.length === 0) {
    return { kind: "repaired", summary: `Restored and proven: ${restored}. Undo with this run's id.` };
  }
  return {
    kind: "advised",
    summary: `Restored and proven: ${restored}. Not ours to change: ${left.map((finding) => finding.check).join(", ")}; the findings say what to do.`,
  };
}

/** Why the guest did not do what it was asked: a sentence, whether or not the guest ended it as one. */
export function reasonOf({ reason }: GuestReply): string {
  return `${(reason ?? "no reason given").replace(/[.\s]+$/, "")}.`;
}

/** The end of an undo that was asked for, or of a rollback that the proof demanded. */
export function afterUndo(run: Run, reply: GuestReply, evidence: Evidence | null, now: Date): Run {
  const findingsAfter = evidence ? examine(evidence, run.options.checks) : run.findingsAfter;
  const told = { ...run, conflicts: reply.conflicts, after: evidence ?? run.after, findingsAfter };
  if (reply.status !== "done") {
    const reason = reasonOf(reply);
    return end(told, now, {
      kind: "failed",
      summary: `The former state could not be restored: ${reason} The journal stays on the VM; undo again, or look at it there.`,
      problem: fail(reply.status === "refused" ? "guest-refused" : "guest-failed", reason).problem,
    });
  }
  const kept =
    reply.conflicts.length > 0
      ? ` Left alone because somebody changed it since: ${reply.conflicts.join("; ")}. Force the undo to restore these too.`
      : "";
  if (run.intent === "undo") {
    return end({ ...told, receipts: reply.receipts }, now, {
      kind: "undone",
      summary: `The former state is back.${kept}`,
    });
  }
  const tried = run.plan?.remediations.map((remediation) => remediation.id).join(", ");
  return end(told, now, {
    kind: "not-repaired",
    summary: `Tried ${tried}; the checks did not confirm it, so everything was taken back.${kept}`,
  });
}
