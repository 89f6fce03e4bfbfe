import type { Run } from "../../core/run.ts";
import type { RunStore } from "../ports.ts";
import { letOthersWork, sliceSize } from "./slices.ts";

/** Every run that still has something to do, newest first. */
export async function* unfinishedRuns(store: Pick<RunStore, "list">): AsyncGenerator<Run> {
  let after: string | undefined;
  do {
    const page = await store.list({ unfinished: true, limit: sliceSize, ...(after ? { after } : {}) });
    yield* page.runs;
    await letOthersWork();
    after = page.next ?? undefined;
  } while (after);
}

/**
 * Whether the run has not ended, or has work left after its end: to release the VM, hand over a fix, report to an
 * alert, or clean up.
 */
export function isUnfinished({ state, claimed, fixDue, alertReported, cleanup }: Run): boolean {
  return state !== "ended" || claimed || fixDue || !alertReported || cleanup.length > 0;
}

const abandonedAfterMs = 3_600_000;

/**
 * Whether the run was started at a terminal, was left before its first change, and has not continued for an hour. A
 * repair that was interrupted on Friday must not change a VM on Monday.
 */
export function isAbandoned({ trigger, intent, state, updatedAt }: Run, now: Date): boolean {
  if (trigger.kind !== "terminal" || intent === "diagnose") return false;
  const mayBeCancelled = state === "queued" || state === "preflight" || state === "collecting";
  return mayBeCancelled && Date.parse(updatedAt) + abandonedAfterMs <= now.getTime();
}
