import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { Evidence } from "../../core/evidence.ts";
import type { Problem } from "../../core/problem.ts";
import type { Restart, Run, RunIn } from "../../core/run.ts";
import { maximumAttempts, maximumAttemptsAfterRestart, maximumRestartLooks, settleMs } from "../timing.ts";
import { type Events, ignoreEvent, type PhaseEvent, type ScriptAnswer } from "./events.ts";
import { failedBy, guestProblem } from "./guest-problem.ts";
import { combineEvidence } from "./observe.ts";
import { findVmProblem } from "./preflight.ts";
import { afterApply, bootTimeOf } from "./proof.ts";
import { type Awaited, awaitScript, isRefusal, tooMany, tryAgain } from "./script.ts";
import { countScript, endRun, newScript, scheduleRetry, transition, waitFor } from "./transitions.ts";

/*
 * A restart of the VM through ARM, and the read after it. It is requested once. When the response was lost, the guest's
 * boot time shows whether the VM was restarted, before the restart is requested again.
 */

type Ignored = Events<"cross-checked" | "access-requested" | "probed" | "time-passed" | "decide" | "cancel">;

export function restarting(run: RunIn<"restarting">, event: PhaseEvent, now: Date): Run {
  const { restart } = run;
  switch (event.kind) {
    case "departing":
      if (event.effect !== "restart-vm" || restart.phase !== "due") return run;
      return waitFor({ ...run, restart: { ...restart, phase: "asked" } }, settleMs, now);
    case "restart-accepted":
      if (restart.phase !== "asked") return run;
      return waitFor({ ...run, attempts: 0, restart: { ...restart, phase: "accepted" } }, settleMs, now);
    case "azure-read":
      return restart.phase === "due" ? run : azureRead(run, event.evidence, now);
    case "effect-failed":
      if (event.effect === "restart-vm") return notAccepted(run, event.problem, now);
      if (event.effect !== "read-azure") return run;
      return tryAgain(run, event.problem, maximumAttemptsAfterRestart, now) ?? gaveUp(run, event.problem, now);
    default:
      return ignoreEvent(run, event satisfies Ignored | Events<ScriptAnswer>);
  }
}

function notAccepted(run: RunIn<"restarting">, problem: Problem, now: Date): Run {
  if (run.restart.phase !== "asked") return run;
  // The response may be lost: read the VM first.
  if (!isRefusal(problem)) return waitFor(run, settleMs, now);
  const due = { ...run, restart: { ...run.restart, phase: "due" as const } };
  return tryAgain(due, problem, maximumAttempts, now) ?? gaveUp(run, problem, now);
}

function gaveUp(run: RunIn<"restarting">, given: Problem, now: Date): Run {
  const problem = given.retryable ? tooMany(given, run.attempts + 1) : given;
  const summary = `${problem.message} Changes were made: undo this run, or diagnose the VM.`;
  return endRun(run, now, { ...failedBy(problem), summary });
}

/** Any obstacle of a VM that is restarting is expected to pass. */
function azureRead(run: RunIn<"restarting">, azure: AzureEvidence, now: Date): Run {
  const obstacle = findVmProblem(azure, run.vm.name);
  if (obstacle) {
    const attempts = run.attempts + 1;
    const passing = { ...obstacle, retryable: true };
    if (attempts >= maximumAttemptsAfterRestart) return gaveUp(run, passing, now);
    return scheduleRetry({ ...run, attempts }, settleMs, now, obstacle.message);
  }
  const { before, plan, restart } = run;
  const script = newScript(run, "collect", now);
  const message = "The VM is there again: looking inside.";
  const to = { state: "verifying" as const, before, plan, script };
  return { ...transition<"verifying">(countScript(run), to, message, now), restart };
}

export function verifying(run: RunIn<"verifying">, event: PhaseEvent, now: Date): Run {
  switch (event.kind) {
    case "departing":
    case "script-started":
    case "script-running":
    case "script-absent":
    case "script-finished":
    case "effect-failed":
      return seenAgain(awaitScript(run, event, now), now);
    default:
      return ignoreEvent(run, event satisfies Ignored | Events<"azure-read" | "restart-accepted">);
  }
}

function seenAgain(awaited: Awaited<RunIn<"verifying">>, now: Date): Run {
  const { run } = awaited;
  switch (awaited.kind) {
    case "goes-on":
      return run;
    case "replied": {
      const { reply } = awaited;
      if (!reply.evidence) return unseen(run, guestProblem(reply), now);
      const evidence = combineEvidence(run.before.azure, reply.evidence, run.options, now);
      const { restart } = run;
      if (!restart) return afterApply(run, evidence, now);
      if (wasRestarted(restart, evidence)) return afterApply({ ...run, restarted: true }, evidence, now);
      return lookLater(run, restart, now);
    }
    case "unknown":
    case "not-started":
      return unseen(run, awaited.problem, now);
  }
}

/** The clock is adjusted while a VM starts: a difference of seconds proves nothing. */
const bootToleranceMs = 5000;

function wasRestarted(restart: Restart, evidence: Evidence): boolean {
  const bootTime = bootTimeOf(evidence);
  if (restart.looks >= maximumRestartLooks || bootTime === null || restart.bootTimeBefore === null) return true;
  return Date.parse(bootTime) > Date.parse(restart.bootTimeBefore) + bootToleranceMs;
}

/**
 * Not restarted yet. A restart that Azure has not confirmed is requested again, after enough reads that would have
 * shown it.
 */
function lookLater(run: RunIn<"verifying">, restart: Restart, now: Date): Run {
  const { before, plan } = run;
  const looks = restart.looks + 1;
  const phase = restart.phase === "asked" && looks % 4 === 0 ? ("due" as const) : restart.phase;
  const message = "The VM has not been restarted yet: its boot time is the former one.";
  const to = { state: "restarting" as const, before, plan, restart: { ...restart, phase, looks } };
  return waitFor(transition<"restarting">(run, to, message, now), settleMs, now);
}

/** The changes were made, and their result is not known. */
function unseen(run: RunIn<"verifying">, problem: Problem, now: Date): Run {
  const summary = `${problem.message} Diagnose the VM to see its state, then undo this run if it is worse.`;
  return endRun(run, now, { kind: "unknown", summary, problem });
}
