import type { Run } from "../../core/run.ts";
import type { RunStore } from "../ports.ts";
import { type Leftovers, letOthersWork, sliceSize, workInParts } from "./slices.ts";

const dayMs = 24 * 60 * 60_000;

/** The shortest time between two deletions. */
const restMs = 60 * 60_000;

export interface RetentionOptions {
  readonly store: Pick<RunStore, "list" | "remove" | "removeSetAside" | "reserve" | "expireReservations">;
  /** For how many days after its end a run is kept. */
  readonly keepRunsDays: number;
  readonly now: () => Date;
  /** Deletes what the engine keeps of a run besides the store; absent: nothing. Repeating it is harmless. */
  readonly purge?: (runId: string) => Promise<void>;
}

const leftovers: Leftovers = new WeakMap();

/**
 * Deletes runs whose retention has ended, those included that cannot be read and were set aside, and expired reservations. The next time continues work that was interrupted.
 * Thousands of runs are deleted in parts, one each call.
 */
export async function forgetOldRuns(options: RetentionOptions): Promise<void> {
  await workInParts(leftovers, options, async () => {
    const at = options.now();
    const rested = new Date(at.getTime() + restMs).toISOString();
    const isDue = await options.store.reserve("retention", at.toISOString(), rested, at.toISOString());
    return isDue ? forgetAll(options, at) : null;
  });
}

async function* forgetAll({ store, keepRunsDays, purge }: RetentionOptions, at: Date): AsyncGenerator<void> {
  await store.expireReservations(at.toISOString());
  const createdBefore = new Date(at.getTime() - keepRunsDays * dayMs).toISOString();
  let after: string | undefined;
  do {
    const page = await store.list({ createdBefore, limit: sliceSize, ...(after ? { after } : {}) });
    for (const run of page.runs) {
      if (!mayBeForgotten(run, keepRunsDays, at)) continue;
      // First: without the run nobody would know its name.
      await purge?.(run.id);
      await store.remove(run);
      await letOthersWork();
      yield;
    }
    for (const { id, unsavedSince } of page.unreadable ?? []) {
      if (unsavedSince === undefined || unsavedSince > createdBefore) continue;
      await purge?.(id);
      await store.removeSetAside(id);
      await letOthersWork();
    }
    await letOthersWork();
    after = page.next ?? undefined;
  } while (after);
}

/** A run that changed something is kept as long as the VM's journal of it: an undo needs both. */
function mayBeForgotten(run: Run, keepRunsDays: number, at: Date): boolean {
  if (run.state !== "ended") return false;
  const changed = run.receipts.length > 0 || run.outcome?.kind === "unknown";
  const days = changed ? Math.max(keepRunsDays, run.limits.keepJournals.days) : keepRunsDays;
  return Date.parse(run.updatedAt) + days * dayMs <= at.getTime();
}
