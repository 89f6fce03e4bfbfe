import type { Run } from "../../core/run.ts";
import type { RunStore } from "../ports.ts";

const dayMs = 24 * 60 * 60_000;

/** Deleting is looked into no more often than this. */
const restMs = 60 * 60_000;

export interface RetentionOptions {
  readonly store: Pick<RunStore, "list" | "remove" | "reserve" | "expireReservations">;
  /** For how many days after its end a run is kept. */
  readonly keepRunsDays: number;
  readonly now: () => Date;
}

/** Deletes runs whose time is over, and reservations that have expired. What is cut short goes on at the next time. */
export async function forgetOldRuns({ store, keepRunsDays, now }: RetentionOptions): Promise<void> {
  const at = now();
  const rested = new Date(at.getTime() + restMs).toISOString();
  if (!(await store.reserve("retention", at.toISOString(), rested, at.toISOString()))) return;
  await store.expireReservations(at.toISOString());
  const createdBefore = new Date(at.getTime() - keepRunsDays * dayMs).toISOString();
  let after: string | undefined;
  do {
    const page = await store.list({ createdBefore, limit: 100, ...(after ? { after } : {}) });
    for (const run of page.runs) if (mayBeForgotten(run, keepRunsDays, at)) await store.remove(run);
    after = page.next ?? undefined;
  } while (after);
}

/** A run that changed something is kept for as long as its VM can take that back: an undo needs both. */
function mayBeForgotten(run: Run, keepRunsDays: number, at: Date): boolean {
  if (run.state !== "ended") return false;
  const changed = run.receipts.length > 0 || run.outcome?.kind === "unknown";
  const days = changed ? Math.max(keepRunsDays, run.limits.keepJournals.days) : keepRunsDays;
  return Date.parse(run.updatedAt) + days * dayMs <= at.getTime();
}
