import type { Outcome, Run, ScriptInFlight } from "../../core/run.ts";
import { notAfterMs, scriptTimeoutSeconds, slackMs } from "../policy.ts";

/*
 * The few moves out of which the machine's transitions are made. All pure: a run goes in, a run comes out.
 */

/** A long wait must not make a run's record grow without bound. */
const maximumLogEntries = 200;

/** Goes to another state, or notes something in the same one. */
export function transition(run: Run, state: Run["state"], message: string, now: Date): Run {
  const at = now.toISOString();
  const log = [...run.log, { at, state, message }].slice(-maximumLogEntries);
  return { ...run, state, updatedAt: at, log };
}

export function end(run: Run, now: Date, outcome: Outcome): Run {
  const ended = transition(run, "ended", outcome.summary, now);
  // Who calls a run off wants nobody to go on with it.
  const fixDue = run.fixDue && outcome.kind !== "cancelled";
  return { ...ended, outcome, fixDue, decideBy: null, notBefore: null, attempts: 0 };
}

/** The effect worked: earlier failures no longer count. */
export function succeeded(run: Run): Run {
  return { ...run, attempts: 0, notBefore: null };
}

export function scheduleRetry(run: Run, ms: number, now: Date, why?: string): Run {
  const waiting = { ...run, notBefore: new Date(now.getTime() + ms).toISOString() };
  return why ? transition(waiting, run.state, `${why} Trying again in ${Math.ceil(ms / 1000)} s.`, now) : waiting;
}

/** Puts the next script of this kind in flight. Its times are fixed here, once, so that its text never varies. */
export function startScript(run: Run, script: ScriptInFlight["script"], now: Date): Run {
  const count = run.scriptsStarted + 1;
  const notAfter = now.getTime() + notAfterMs;
  const timeoutSeconds = scriptTimeoutSeconds[script];
  return {
    ...run,
    scriptsStarted: count,
    script: {
      step: `${script}-${count}`,
      script,
      phase: "to-start",
      timeoutSeconds,
      startedAt: null,
      notAfter: new Date(notAfter).toISOString(),
      deadline: new Date(notAfter + timeoutSeconds * 1000 + slackMs).toISOString(),
      nextPollAt: null,
    },
  };
}

/** The script has answered, or is given up: its Run Command can go. */
export function finishScript(run: Run): Run {
  return run.script ? { ...run, script: null, spent: [...run.spent, run.script.step] } : run;
}
