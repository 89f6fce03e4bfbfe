import type { Run } from "../core/run.ts";
import { runFormat } from "../core/run-format.ts";
import { hasForeignSections, readRun } from "../core/stored-run.ts";
import { isUnfinished } from "../runs/maintenance/unfinished-runs.ts";

/** The most characters of text whose runs are remembered: of some hundred runs at work. */
const rememberedLength = 16_777_216;

export interface RunCache {
  /** The run in this text. @throws UnreadableRun */
  read(runId: string, body: string): Run;
  /** This process has stored the run as this text, which need not be examined when it is read. */
  wrote(run: Run, body: string): void;
}

/**
 * Reads what is stored of a run, and remembers it while the same is stored: each step reads its run twice, and whoever
 * waits for the run reads it again. All of them get the same run, so it is frozen. Reading is what most of the work on a
 * run costs, so all runs at work find room. One that has nothing left to do is forgotten.
 */
export function createRunCache(): RunCache {
  const known = new Map<string, { readonly body: string; readonly run: Run | null }>();
  let length = 0;

  function forget(runId: string): void {
    length -= known.get(runId)?.body.length ?? 0;
    known.delete(runId);
  }

  function remember(runId: string, body: string, run: Run | null): void {
    forget(runId);
    known.set(runId, { body, run });
    length += body.length;
    for (const oldest of known.keys()) {
      if (length <= rememberedLength) break;
      forget(oldest);
    }
  }

  return {
    read(runId, body) {
      const last = known.get(runId);
      if (last?.body === body && last.run) return last.run;
      const run: Run = freeze(last?.body === body ? JSON.parse(body) : readRun(body));
      remember(runId, body, run);
      return run;
    },
    wrote(run, body) {
      if (isUnfinished(run) && isOwnForm(run)) remember(run.id, body, null);
      else forget(run.id);
    },
  };
}

/** Whether a run is in the form of this version, so that its text need not be examined when it is read. */
function isOwnForm(run: Run): boolean {
  return run.format === runFormat && !hasForeignSections(run);
}

function freeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
