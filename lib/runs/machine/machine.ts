import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import { modeTag } from "../../core/vm-tags.ts";
import type { RunEvent } from "../effects.ts";
import { backoffMs, maximumAttempts, maximumAttemptsAfterRestart, settleMs } from "../policy.ts";
import { accessRefused, accessRequested, accessSeen } from "./access.ts";
import { seenBefore } from "./applying.ts";
import { cancelled, decided, decisionOverdue } from "./decisions.ts";
import { afterDiagnosis, diagnose, observe } from "./diagnosis.ts";
import { asksAzureAlone, describePort, handedOver, notHandedOver } from "./network-fix.ts";
import { next, runCommandName } from "./next-effect.ts";
import { alertMode, touchable } from "./preflight.ts";
import { seenAfter } from "./proof.ts";
import { scriptAbsent, scriptFinished, scriptRunning, scriptStarted, unsure } from "./script-replies.ts";
import { end, finishScript, scheduleRetry, startScript, succeeded, transition } from "./transitions.ts";
import { restoreLater, restoreWhenDue } from "./weakening.ts";

/*
 * The run's state machine: pure and total. `next` says what to do, `apply` takes in what happened. Both engines drive
 * these two functions and nothing else, so a run means the same everywhere and can be stopped and resumed between
 * any two calls.
 */

export { next };

/** The run after an event. An event that does not fit the state changes nothing: signals may come at any time. */
export function apply(run: Run, event: RunEvent, now: Date): Run {
  switch (event.kind) {
    case "claimed":
      // Cancelled while it was claiming: the claim stands, and is given back like any other.
      if (run.state !== "queued") return { ...run, claimed: true };
      return transition({ ...succeeded(run), claimed: true }, "preflight", "Reading the VM from Azure.", now);
    case "claim-held":
      return end(run, now, {
        kind: "failed",
        summary: `Another run (${event.by}) is working on this VM. Wait for it to end, or cancel it, and start again.`,
        problem: { code: "vm-claimed", message: `Run ${event.by} holds this VM.`, retryable: true },
      });
    case "released":
      return { ...succeeded(run), claimed: false };
    case "alert-reported":
      return { ...succeeded(run), alertReported: true };
    case "azure-read":
      return azureRead(run, event, now);
    case "restart-accepted":
      return scheduleRetry({ ...succeeded(run), restarted: true }, settleMs, now);
    case "access-requested":
      return accessRequested(succeeded(run), now);
    case "fix-handed-over":
      return handedOver(run, event.page, now);
    case "probed":
      return probed(succeeded(run), event, now);
    case "script-started":
      return scriptStarted(succeeded(run), now);
    case "script-running":
      return scriptRunning(succeeded(run), now);
    case "script-absent":
      return scriptAbsent(run, now);
    case "script-finished":
      return scriptFinished(succeeded(run), event.output, event.failure, now);
    case "script-discarded":
      return { ...succeeded(run), spent: run.spent.slice(1) };
    case "effect-failed":
      return effectFailed(run, event.problem, now);
    case "time-passed":
      return run.state === "weakened" ? restoreWhenDue(run, now) : decisionOverdue(run, now);
    case "decide":
      return decided(run, event, now);
    case "cancel":
      return cancelled(run, event.by, now);
  }
}

function azureRead(asked: Run, event: Extract<RunEvent, { kind: "azure-read" }>, now: Date): Run {
  const run = succeeded(asked);
  // An obstacle that may pass is one more failure: however often Azure answers, the attempts are counted.
  const { attempts } = asked;
  const evidence = observe(event.evidence, null, run.options, now);
  const obstacle = touchable(event.evidence, run.vm.name);
  if (run.state === "verifying") {
    // The VM was restarted: whatever is in the way now is expected to pass.
    const passing = obstacle && { ...obstacle, retryable: true, retryAfterMs: settleMs };
    if (passing) return effectFailed({ ...run, attempts }, passing, now);
    return startScript(run, "collect", now);
  }
  if (run.state === "planned" && run.access) return readForAccess(run, event.evidence, now);
  if (run.state !== "preflight") return run;
  const mode = alertMode(run, event.evidence);
  if (mode === "off") {
    const summary = `The VM's owner has opted out: no alert may set anything off here (tag ${modeTag}). Nothing was changed.`;
    return end({ ...run, before: evidence }, now, { kind: "cancelled", summary });
  }
  const seen = { ...run, before: evidence, intent: mode === "report" ? ("diagnose" as const) : run.intent };
  if (asksAzureAlone(run.options) && run.intent !== "undo" && obstacle?.code !== "not-windows") {
    return afterDiagnosis(diagnose(transition(seen, "preflight", describePort(run.options), now), evidence), now);
  }
  if (!obstacle) return begin(seen, now);
  if (obstacle.retryable) return effectFailed({ ...seen, attempts }, obstacle, now);
  if (run.intent === "undo" || obstacle.code === "not-windows") {
    return end(seen, now, { kind: "failed", summary: obstacle.message, problem: obstacle });
  }
  return afterDiagnosis(diagnose(seen, evidence), now);
}

/** The same diagnosis again, with the network as it is now: the verdict proves the access. */
function readForAccess(run: Run, azure: AzureEvidence, now: Date): Run {
  const evidence = observe(azure, run.before?.guest ?? null, run.options, now);
  const seen = accessSeen(run, evidence, now);
  return seen.settled ? afterDiagnosis(diagnose(seen.run, evidence), now) : seen.run;
}

function probed(run: Run, { handshake }: Extract<RunEvent, { kind: "probed" }>, now: Date): Run {
  if (run.state === "ended" || !run.outside.asked) return run;
  return run.outside.asked === "before" ? seenBefore(run, handshake, now) : seenAfter(run, handshake, now);
}

/** The VM is there and may be touched: look inside, or take back what is asked to be taken back. */
function begin(run: Run, now: Date): Run {
  if (run.intent === "undo")
    return startScript(transition(run, "rolling-back", "Restoring the former state.", now), "undo", now);
  return startScript(transition(run, "collecting", "Collecting evidence inside the VM.", now), "collect", now);
}

/** Tries again later when that may help, gives up otherwise; a Run Command that cannot be deleted is left to the sweeper. */
function effectFailed(run: Run, problem: Problem, now: Date): Run {
  const attempts = run.attempts + 1;
  const limit = run.restarted ? maximumAttemptsAfterRestart : maximumAttempts;
  if (problem.retryable && attempts < limit) {
    return scheduleRetry({ ...run, attempts }, problem.retryAfterMs ?? backoffMs(attempts), now, problem.message);
  }
  if (run.state === "planned" && run.access) return afterDiagnosis(accessRefused(run, problem.message, now), now);
  if (!run.script && !run.outside.asked && run.spent.length > 0) return leave(run, problem, now);
  // What is left of an ended run is courtesy: a claim is taken over by the next run, an alert can be read in the portal.
  if (run.state === "ended") {
    if (!run.claimed && run.fixDue) return notHandedOver(run, problem.message, now);
    return run.claimed ? { ...succeeded(run), claimed: false } : { ...succeeded(run), alertReported: true };
  }
  const last = problem.retryable
    ? { ...problem, code: "too-many-attempts" as const, message: `${problem.message} Tried ${attempts} times.` }
    : problem;
  if (run.weakening) return restoreLater(finishScript(run), last, now);
  if (mayHaveStarted(run, problem)) return unsure({ ...run, attempts: 0 }, now, last);
  const inTheMiddle = run.receipts.length > 0 ? " Changes were made: undo this run, or diagnose the VM." : "";
  return end({ ...run, attempts: 0, script: null }, now, {
    kind: "failed",
    summary: last.message + inTheMiddle,
    problem: last,
  });
}

/** A Run Command that cannot be deleted stays in the VM, and says so: no result depends on it. */
function leave(run: Run, problem: Problem, now: Date): Run {
  const [step = "", ...spent] = run.spent;
  const message = `The Run Command ${runCommandName(run.id, step)} stays in the VM. ${problem.message}`;
  return transition({ ...succeeded(run), spent }, run.state, message, now);
}

/** Asked for and taken; or Azure's answer to the asking was lost, so that nobody knows. */
function mayHaveStarted({ script }: Run, { code }: Problem): boolean {
  return (
    script?.phase === "running" || (script !== null && script.script !== "collect" && code === "azure-unavailable")
  );
}
