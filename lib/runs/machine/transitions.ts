import type { Outcome, Run, RunIn, RunState } from "../../core/run.ts";
import { clockToleranceMs, notAfterMs, scriptTimeoutSeconds, slackMs, waitGraceMs } from "../timing.ts";
import { wordOutcome } from "./client-error.ts";
import { coverageOf } from "./coverage.ts";
import { adviseOnLost } from "./lost-machine.ts";

/*
 * The functions that build the machine's transitions. All pure: a run goes in, a run comes out.
 */

/** Limits a run's record during a long wait. */
const maximumLogEntries = 200;

/** The data of one phase: the fields that differ from those of a run that was just requested. */
type Own<State extends RunState> = { readonly state: State } & {
  [Key in keyof RunIn<State> as RunIn<"queued">[Key & keyof RunIn<"queued">] extends RunIn<State>[Key]
    ? never
    : Key]: RunIn<State>[Key];
};

const nothing = {
  script: null,
  sections: null,
  decideBy: null,
  probing: null,
  restart: null,
  rollback: null,
  outcome: null,
  wait: null,
  attempts: 0,
};

/** Moves to another phase with that phase's data; the former phase's data are removed. */
export function transition<State extends RunState>(run: Run, to: Own<State>, message: string, now: Date): RunIn<State> {
  // TypeScript cannot prove that a phase's data and the accumulated data make a run of that phase.
  return addLogEntry({ ...run, ...nothing, ...to } as unknown as RunIn<State>, message, now);
}

/** Adds a log entry; the phase stays the same. */
export function addLogEntry<R extends Run>(run: R, message: string, now: Date, state: RunState = run.state): R {
  const at = now.toISOString();
  return { ...run, updatedAt: at, log: [...run.log, { at, state, message }].slice(-maximumLogEntries) };
}

export function endRun(run: Run, now: Date, given: Outcome): RunIn<"ended"> {
  const outcome = adviseOnLost(run, wordOutcome(run, given));
  const coverage = coverageOf(run);
  const told = coverage ? { ...outcome, coverage } : outcome;
  const ended = transition<"ended">(run, { state: "ended", outcome: told }, outcome.summary, now);
  // After a cancellation nothing may continue the run's work.
  return { ...ended, fixDue: run.fixDue && outcome.kind !== "cancelled" };
}

/** Whether a plan before the present one is in effect and not proven. */
export function hasUnproven({ earlierPlans, proven }: Run): boolean {
  return earlierPlans.length > (proven?.plans ?? 0);
}

/** The effect succeeded: earlier failures no longer count. */
export function resetAttempts<R extends Run>(run: R): R {
  return run.attempts === 0 && run.wait === null ? run : { ...run, attempts: 0, wait: null };
}

export function waitFor<R extends Run>(run: R, ms: number, now: Date): R {
  return { ...run, wait: { from: now.toISOString(), until: new Date(now.getTime() + ms).toISOString() } };
}

export function scheduleRetry<R extends Run>(run: R, ms: number, now: Date, why: string): R {
  return addLogEntry(waitFor(run, ms, now), `${why} Trying again in ${Math.ceil(ms / 1000)} s.`, now);
}

/** Whether a wait has ended. A wait that begins in the future was started by a clock that was set back since. */
export function isOver({ wait }: Run, now: Date): boolean {
  if (!wait) return true;
  return now.getTime() >= Date.parse(wait.until) || now.getTime() < Date.parse(wait.from) - clockToleranceMs;
}

/**
 * How long the present wait has lasted, limited to its planned length plus the time of one call, whatever the clock
 * says.
 */
export function elapsedMs({ wait }: Run, now: Date): number {
  if (!wait) return 0;
  const from = Date.parse(wait.from);
  return Math.min(Math.max(0, now.getTime() - from), Date.parse(wait.until) - from + waitGraceMs);
}

/** The next script of this kind, ready for its PUT. Its times are fixed here, once, so that its text never changes. */
export function newScript<Kind extends "collect" | "apply" | "undo">(run: Run, script: Kind, now: Date) {
  const timeoutSeconds = scriptTimeoutSeconds[script];
  return {
    step: `${script}-${run.scriptsStarted + 1}`,
    script,
    phase: "ready" as const,
    mayHaveRun: false,
    timeoutSeconds,
    startedAt: null,
    notAfter: new Date(now.getTime() + notAfterMs).toISOString(),
    awaitMs: notAfterMs + timeoutSeconds * 1000 + slackMs,
    waitedMs: 0,
    askedAtMs: 0,
  };
}

/** Counts the script that is being started, so that its number is used once. */
export function countScript<R extends Run>(run: R): R {
  return { ...run, scriptsStarted: run.scriptsStarted + 1 };
}
