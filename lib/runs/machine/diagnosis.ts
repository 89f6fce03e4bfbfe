import { describeChange, nameChange } from "../../core/change.ts";
import type { Coverage } from "../../core/coverage.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Finding } from "../../core/finding.ts";
import type { Plan } from "../../core/plan.ts";
import { ok } from "../../core/problem.ts";
import type { Outcome, Run } from "../../core/run.ts";
import { lifeOf } from "../../core/scale-set.ts";
import { describeStarting, startingOf } from "../../core/starting.ts";
import { accessTag, isClosedOnPurpose } from "../../core/vm-tags.ts";
import { remediations } from "../../remediations/registry.ts";
import { planRepair } from "../planning/planner.ts";
import { exclusionOf, isDomainController } from "../planning/unchangeable-vms.ts";
import { describeAccess, planAccess } from "./access-plan.ts";
import { coverageOf } from "./coverage.ts";
import { failedBy } from "./guest-problem.ts";
import { addLogEntry, endRun } from "./transitions.ts";
import { workOrAsk } from "./work.ts";

/*
 * Derives the decision from the evidence: what was found, and what to do about it.
 */

/** From findings to the next phase: nothing to do, a plan to show, a decision to wait for, or the work. */
export function afterDiagnosis(run: Run, before: Evidence, now: Date): Run {
  if (run.intent === "undo" && run.plan) return afterLook(run, before, run.plan, now);
  const access = planAccess(run, before, now);
  const possible = remediations.filter(({ id }) => !run.failedRemediations.includes(id));
  const planned = access ? ok(access) : planRepair(before, run.findings, run.options, possible);
  if (!planned.ok) return endRun(run, now, failedBy(planned.problem));
  const plan = planned.value;
  const withPlan = addLogEntry({ ...run, before, plan }, describeFindings(run.findings), now, "planned");
  const isEmpty = plan.changes.length === 0 && !plan.access;
  if (run.intent === "diagnose" || run.options.dryRun || isEmpty) {
    return endRun(withPlan, now, diagnosisOutcome(withPlan));
  }
  return workOrAsk(withPlan, before, plan, now);
}

/** An undo changes nothing in a VM that may not be changed, whoever requests it. */
function afterLook(run: Run, before: Evidence, plan: Plan, now: Date): Run {
  const excluded = exclusionOf(before, run.options);
  if (excluded === null) return workOrAsk(run, before, plan, now);
  return endRun({ ...run, before }, now, { kind: "advised", summary: `Nothing was undone. ${excluded}` });
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
    const intended = named(run.findings, "intended");
    if (intended.length > 0) return { kind: "closed-on-purpose", summary: closedSummary(run, intended) };
    return { kind: "healthy", summary: `${inOrder(run)}; nothing was changed.${notesOf(run)}` };
  }
  if (faulty.length === 0) {
    return {
      kind: "advised",
      summary: `No fault was found, but ${unknown.join(", ")} could not be judged. Nothing was changed.${startingNote(run)}`,
    };
  }
  return {
    kind: "advised",
    summary: `${describeFindings(run.findings)} Nothing was changed. ${adviceFor(run)}${startingNote(run)}`,
  };
}

/** When to look again, where Windows is still starting. */
function startingNote({ before }: Run): string {
  const starting = before?.guest ? startingOf(before.guest) : null;
  return starting ? ` ${describeStarting(starting)}` : "";
}

const extents: Record<Coverage["reach"], string> = {
  azure: "as far as Azure shows",
  windows: "except that no handshake was made",
  tls: "up to the TLS handshake on the VM",
  client: "also from the client's side of the network",
};

/** Healthy means healthy as far as the run looked. */
function inOrder(run: Run): string {
  return `Everything that was checked is in order, ${extents[coverageOf(run)?.reach ?? "azure"]}`;
}

function notesOf({ findings }: Run): string {
  const noted = named(findings, "noted");
  return noted.length > 0 ? ` Notes: ${noted.join(", ")}.` : "";
}

function closedSummary({ before }: Run, intended: readonly string[]): string {
  const who = before && isClosedOnPurpose(before.azure) ? `tag ${accessTag}` : "just-in-time access";
  return `Remote Desktop is closed here on purpose (${who}): ${intended.join(", ")}. Everything else that was checked is in order; nothing was changed.`;
}

function adviceFor({ plan, before, findings, options, proposals }: Run): string {
  if (plan && plan.changes.length > 0) {
    return [describeRepair(plan), ...(before ? lifeOf(before.azure.vm) : [])].join(" ");
  }
  if (plan?.access) {
    return `A repair would request just-in-time access for ${plan.access.sources.join(", ")}. Risk: ${plan.risk}.`;
  }
  if (proposals.length > 0) return "A rule that would allow the denied sources is proposed to the network owner.";
  const exclusion = before && exclusionOf(before, options);
  if (!exclusion) return "None of it can be repaired from inside this VM; the findings say what to do.";
  return isDomainController(before) ? `${exclusion}${describeManualChanges(before, findings, options)}` : exclusion;
}

function describeRepair({ changes, risk, mayNeedRestart }: Plan): string {
  const restart = mayNeedRestart ? " A restart of the VM may be needed before the change takes effect." : "";
  return `A repair would: ${changes.map(nameChange).join("; ")}. Risk: ${risk}.${restart}`;
}

/** What an administrator can do when the run may not. */
function describeManualChanges(before: Evidence, findings: readonly Finding[], options: Run["options"]): string {
  const plan = planRepair(before, findings, options, remediations, null);
  if (!plan.ok || plan.value.changes.length === 0) return " The findings say what to do by hand.";
  return ` To repair it by hand: ${plan.value.changes.map(describeChange).join("; ")}.`;
}
