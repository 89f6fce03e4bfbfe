import { blocklistAdvice, isArcAgentTooOld } from "../../core/arc-agent.ts";
import { type AzureEvidence, traitsOfEvidence } from "../../core/azure-evidence.ts";
import { fail, type Problem } from "../../core/problem.ts";
import { AlertMode, type Run, type RunIn } from "../../core/run.ts";
import { evictionReasons, mayBeEvicted } from "../../core/spot.ts";
import { modeTag, tagOf } from "../../core/vm-tags.ts";
import { obstacleOfUndo } from "../replaced-machine.ts";
import { maximumAttempts, maximumNetworkReads } from "../timing.ts";
import { cancelledUntouched } from "./cancel.ts";
import { afterDiagnosis } from "./diagnosis.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { asksAzureAlone, describePort } from "./network-fix.ts";
import { combineEvidence, diagnoseRun, noteUnverified } from "./observe.ts";
import { tooMany, tryAgain } from "./script.ts";
import { addLogEntry, endRun, resetAttempts } from "./transitions.ts";
import { lookInside } from "./work.ts";

/*
 * Before the run looks inside: it waits for its VM, then reads from Azure whether it may work on the VM now.
 */

type Ignored = Events<
  | "cross-checked"
  | ScriptAnswer
  | "departing"
  | "restart-accepted"
  | "access-requested"
  | "probed"
  | "time-passed"
  | "decide"
>;

export function queued(run: RunIn<"queued">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "cancel":
      return cancelledUntouched(run, event.by, now);
    default:
      return ignoreEvent(run, event satisfies Ignored | Events<"azure-read" | "effect-failed">);
  }
}

export function preflight(run: RunIn<"preflight">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "azure-read":
      return azureRead(run, event.evidence, now);
    case "effect-failed":
      if (event.effect !== "read-azure") return run;
      return tryAgain(run, event.problem, maximumAttempts, now) ?? unread(run, event.problem, now);
    case "cancel":
      return cancelledUntouched(run, event.by, now);
    default:
      return ignoreEvent(run, event satisfies Ignored);
  }
}

function unread(run: Run, given: Problem, now: Date): Run {
  const problem = given.retryable ? tooMany(given, run.attempts + 1) : given;
  return endRun(run, now, { kind: "failed", summary: problem.message, problem });
}

function azureRead(asked: RunIn<"preflight">, azure: AzureEvidence, now: Date): Run {
  const run = noteUnverified(resetAttempts(asked), azure, now);
  // Parts of the network that stay unreadable are unknown; they do not prevent the look inside.
  const again = azure.passing && tryAgain(asked, azure.passing, maximumNetworkReads, now);
  if (again) return again;
  const evidence = combineEvidence(azure, null, run.options, now);
  const obstacle = obstacleOfUndo(run, azure.vm.uniqueId) ?? findVmProblem(azure, run.vm.name);
  const mode = alertMode(run, azure);
  if (mode === "off") {
    const summary = `The VM's owner has opted out: no alert may set anything off here (tag ${modeTag}). Nothing was changed.`;
    return endRun({ ...run, before: evidence }, now, { kind: "cancelled", summary });
  }
  const seen: Run = { ...run, intent: mode === "report" ? ("diagnose" as const) : run.intent };
  if (asksAzureAlone(run.options) && run.intent !== "undo" && obstacle?.code !== "not-windows") {
    return afterDiagnosis(diagnoseRun(addLogEntry(seen, describePort(run.options), now), evidence), evidence, now);
  }
  if (!obstacle) return lookInside(seen, evidence, now);
  // An obstacle that may pass counts as one more failure, so the attempts stay limited although Azure answers.
  if (obstacle.retryable) {
    const busy = { ...seen, attempts: asked.attempts };
    return tryAgain(busy, obstacle, maximumAttempts, now) ?? unread({ ...busy, before: evidence }, obstacle, now);
  }
  if (run.intent === "undo" || obstacle.code === "not-windows" || obstacle.code === "windows-too-old") {
    const outcome = { kind: "failed" as const, summary: obstacle.message, problem: obstacle };
    return endRun({ ...seen, before: evidence }, now, outcome);
  }
  // No script will run beside the cross-checks, so they are read now.
  const isUnchecked = asked.crossChecks === "beside" && azure.vm.powerState === "running";
  if (isUnchecked) return { ...resetAttempts(asked), crossChecks: "alone" };
  return afterDiagnosis(diagnoseRun(seen, evidence), evidence, now);
}

/** Why the run cannot work on this VM now; `null` when it can. */
export function findVmProblem(azure: AzureEvidence, name: string): Problem | null {
  const { vm } = azure;
  const { readyStatus, hasPower, hasOfflineRepair, agent } = traitsOfEvidence(azure);
  if (vm.osType !== "Windows") {
    return fail("not-windows", `${name} runs ${vm.osType}. Only Windows VMs are diagnosed; name another one.`).problem;
  }
  if (isTooOld(vm.osVersion)) {
    const windows = vm.osName ?? `Windows ${vm.osVersion}`;
    if (!hasPower) {
      return fail(
        "windows-too-old",
        `${name} runs ${windows}. The scripts need Windows PowerShell 5.1, as Windows Server 2016, Windows 10 and later have it, so none was sent. Repair it at its console, and plan its upgrade.`,
      ).problem;
    }
    return fail(
      "windows-too-old",
      `${name} runs ${windows}. Managed Run Command is for Windows Server 2016, Windows 10 and later, so no script was sent. Repair it from the serial console or at its disk, and plan its upgrade.`,
    ).problem;
  }
  if (vm.powerState !== "running" && vm.powerState !== "unknown") {
    const evicted =
      vm.spot && mayBeEvicted(vm) ? ` It is a Spot VM: ${evictionReasons(vm.spot)}, and a start may be refused.` : "";
    return fail(
      "vm-not-running",
      `${name} is ${vm.powerState}. Start it and try again: nothing can be seen inside.${evicted}`,
    ).problem;
  }
  if (vm.provisioningState === "Updating") {
    return fail("vm-busy", `${name} is being updated by another operation.`, { retryable: true }).problem;
  }
  if (vm.agent && isExpired(vm.agent.status) && !hasPower) {
    return fail(
      "agent-not-ready",
      `The ${agent} of ${name} is "${vm.agent.status}": it was not connected for so long that it cannot connect by itself. Run "azcmagent reconnect" on the server (agent 1.70 or later), or delete its resource, run "azcmagent disconnect --force-local-only" and "azcmagent connect" there; then try again.`,
    ).problem;
  }
  if (vm.agent && vm.agent.status !== readyStatus && !hasPower) {
    return fail(
      "agent-not-ready",
      `The ${agent} of ${name} is "${vm.agent.status}", and Run Command needs it. See that the server runs and reaches Azure ("azcmagent check" on it), then try again.`,
    ).problem;
  }
  if (!hasPower && isArcAgentTooOld(vm.agent?.version)) {
    return fail(
      "agent-not-ready",
      `The ${agent} of ${name} has version ${vm.agent?.version}, and Run Command needs 1.33 or later. Update it, then try again.`,
    ).problem;
  }
  if (vm.blocksRunCommand) return fail("agent-not-ready", `${blocklistAdvice} Then try again.`).problem;
  if (vm.agent && vm.agent.status !== readyStatus) {
    return fail(
      "agent-not-ready",
      `The VM agent of ${name} reports "${vm.agent.status}", and Run Command needs it. Repair the agent or the network of Windows from the serial console, or ${hasOfflineRepair ? "reset the NIC" : "reimage the instance"}, then try again.`,
    ).problem;
  }
  return null;
}

/**
 * After 45 days without a connection: learn.microsoft.com, azure/defender-for-cloud/faq-defender-for-servers. What helps:
 * azure/azure-arc/servers/azcmagent-reconnect and azcmagent-disconnect.
 */
function isExpired(status: string): boolean {
  return /^expired$/i.test(status);
}

/**
 * Whether Windows is older than version 10.0 (Server 2016, Windows 10); 6.3 is Server 2012 R2. Azure's list: learn.microsoft.com,
 * azure/virtual-machines/windows/run-command-managed. A version that Azure does not tell is not too old.
 */
function isTooOld(osVersion: string | undefined): boolean {
  const [, major] = /(?:^|\s)(\d+)\.\d+/.exec(osVersion ?? "") ?? [];
  return major !== undefined && Number(major) < 10;
}

/**
 * What an alert may start on this VM: the owner's tag decides; without a tag, the setting. A tag with an unknown value
 * means `off`. A request by a person is not limited by the tag.
 */
export function alertMode(run: Run, { vm }: AzureEvidence): AlertMode | null {
  const { alert } = run.trigger;
  if (!alert) return null;
  const tag = tagOf(vm, modeTag);
  if (tag === undefined) return alert.untagged;
  return AlertMode.safeParse(tag).data ?? "off";
}
