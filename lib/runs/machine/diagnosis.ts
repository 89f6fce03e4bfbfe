import { checks } from "../../checks/registry.ts";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import { type GuestEvidence, isUnreadable } from "../../core/guest-evidence.ts";
import type { Outcome, Run, RunOptions } from "../../core/run.ts";
import { accessTag, isClosedOnPurpose } from "../../core/vm-tags.ts";
import { defaultRdpPort } from "../../core/windows.ts";
import { evaluateNetwork } from "../../network/evaluate-network.ts";
import { asIntended, exclusionOf } from "../planning/exclusions.ts";
import { planRepair } from "../planning/planner.ts";
import { describeAccess, withAccessDue } from "./access.ts";
import { applyOrAsk } from "./applying.ts";
import { fixFor } from "./network-fix.ts";
import { end, transition } from "./transitions.ts";

/*
 * Where evidence becomes a decision: what was found, and what to do about it.
 */

/**
 * Puts together all that was observed, with the network judged for the port on which the guest listens; for the one
 * that was asked for, or the usual one, where nobody looked inside.
 */
export function observe(
  azure: AzureEvidence,
  guest: GuestEvidence | null,
  { sources, port: asked = defaultRdpPort }: Pick<RunOptions, "sources" | "port">,
  now: Date,
): Evidence {
  const port = guest && !isUnreadable(guest.listener) ? guest.listener.port : asked;
  return { at: now.toISOString(), azure, guest, network: evaluateNetwork(azure, sources, port) };
}

/** The findings of the asked checks, or of all. */
export function examine(evidence: Evidence, asked: readonly string[] | undefined): Finding[] {
  const findings = checks
    .filter((check) => !asked || asked.includes(check.id))
    .map((check) => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }));
  return asIntended(findings, evidence);
}

export function diagnose(run: Run, evidence: Evidence): Run {
  const findings = examine(evidence, run.options.checks);
  return { ...run, before: evidence, findings, ...fixFor(run, evidence, findings) };
}

/** From findings to what comes next: nothing to do, a plan to show, a decision to wait for, or the repair. */
export function afterDiagnosis(run: Run, now: Date): Run {
  if (!run.before) return run;
  const asking = withAccessDue(run, now);
  if (asking) return asking;
  const planned = planRepair(run.before, run.findings, run.options);
  if (!planned.ok) {
    return end(run, now, { kind: "failed", summary: planned.problem.message, problem: planned.problem });
  }
  const plan = planned.value;
  const withPlan = transition({ ...run, plan }, "planned", describeFindings(run.findings), now);
  if (run.intent === "diagnose" || run.options.dryRun || plan.changes.length === 0) {
    return end(withPlan, now, diagnosisOutcome(withPlan));
  }
  return applyOrAsk(withPlan, plan, now);
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
    const access = describeAccess(run);
    if (access) return { kind: "repaired", summary: `${access} Everything else that was checked is in order.` };
    const closed = run.before && isClosedOnPurpose(run.before.azure);
    const purpose = closed ? ` Remote Desktop is closed here on purpose (tag ${accessTag}).` : "";
    return { kind: "healthy", summary: `Everything that was checked is in order; nothing was changed.${purpose}` };
  }
  if (faulty.length === 0) {
    return {
      kind: "advised",
      summary: `No fault was found, but ${unknown.join(", ")} could not be judged. Nothing was changed.`,
    };
  }
  return { kind: "advised", summary: `${describeFindings(run.findings)} Nothing was changed. ${adviceFor(run)}` };
}

function adviceFor({ plan, before, options, proposals }: Run): string {
  if ((plan?.changes.length ?? 0) > 0) return "A repair would apply the plan that is shown.";
  if (proposals.length > 0) return "What would let in who is denied is proposed to the network owner.";
  const notOurs = before && exclusionOf(before, options);
  return notOurs ?? "None of it can be repaired from inside this VM; the findings say what to do.";
}
