import type { Run } from "../core/run.ts";
import type { RunWatcher } from "../runs/stepper.ts";

/**
 * One line of JSON for each state that a run enters. The messages of the run's own log stay in the store: they name
 * people and may quote the guest.
 */
export function createRunLog(write: (line: string) => void): RunWatcher {
  return {
    saved(run, former) {
      if (run.state !== former.state) write(JSON.stringify(lineOf(run)));
    },
  };
}

function lineOf(run: Run): Record<string, string | number | null> {
  return {
    at: run.updatedAt,
    run: run.id,
    intent: run.intent,
    trigger: run.trigger.kind,
    state: run.state,
    outcome: run.outcome?.kind ?? null,
    problem: run.outcome?.problem?.code ?? null,
    attempts: run.attempts,
  };
}
