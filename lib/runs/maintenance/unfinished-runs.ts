import type { Run } from "../../core/run.ts";
import type { RunStore } from "../ports.ts";

/** Every run that still has something to do, newest first. */
export async function* unfinishedRuns(store: Pick<RunStore, "list">): AsyncGenerator<Run> {
  let after: string | undefined;
  do {
    const page = await store.list({ unfinished: true, limit: 100, ...(after ? { after } : {}) });
    yield* page.runs;
    after = page.next ?? undefined;
  } while (after);
}

/** Not ended, or ended with something left to do: the VM to release, a fix to hand over, an alert to report, a clean-up. */
export function isUnfinished({ state, claimed, fixDue, alertReported, cleanup }: Run): boolean {
  return state !== "ended" || claimed || fixDue || !alertReported || cleanup.length > 0;
}

const abandonedAfterMs = 3_600_000;

/**
 * Somebody started it at a terminal, left before its first change, and nobody has gone on with it for an hour. What was
 * interrupted on Friday must not change a VM on Monday.
 */
export function isAbandoned({ trigger, intent, state, updatedAt }: Run, now: Date): boolean {
  if (trigger.kind !== "terminal" || intent === "diagnose") return false;
  const mayBeCancelled = state === "queued" || state === "preflight" || state === "collecting";
  return mayBeCancelled && Date.parse(updatedAt) + abandonedAfterMs <= now.getTime();
}
