import type { GuestReply } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { isAllowedOperation } from "./allowed-operations.ts";
import { messageOf } from "./collect.ts";
import { type Journal, openStep } from "./journal.ts";
import { rollBack } from "./rollback.ts";

/** What a working script says for itself; the rest of the reply is added by whoever called it. */
export type Work = Pick<GuestReply, "status" | "reason" | "receipts" | "conflicts">;

export function refusedWork(reason: string): Work {
  return { status: "refused", reason, receipts: [], conflicts: [] };
}

/** Nothing was begun, and nothing can be. */
export function journalUnusable(reason: string): Work {
  return { ...refusedWork(`The journal in this VM cannot be used: ${reason}`), status: "journal-unusable" };
}

/** Ends a step that failed: rolls back what it did. `failed`: the change that failed, when it was a change. */
export function giveUp(
  adapter: WindowsAdapter,
  journal: Journal,
  error: unknown,
  failed: GuestReply["receipts"] = [],
): Work {
  try {
    const conflicts = rollBack(adapter, journal);
    return {
      status: "rolled-back",
      reason: `${messageOf(error)} Everything was rolled back.`,
      receipts: failed,
      conflicts,
    };
  } catch (worse) {
    const reason = `${messageOf(error)} The rollback failed too: ${messageOf(worse)}`;
    return { status: "failed", reason, receipts: [], conflicts: [] };
  }
}

/** Rolls back a step that was interrupted, if the journal ends with one; `repeated` when there is none. */
export function recoverStep(adapter: WindowsAdapter, journal: Journal): Work {
  const interrupted = openStep(journal);
  if (!interrupted) return { ...refusedWork("This step was done before; nothing was done now."), status: "repeated" };
  if (!interrupted.operations.every(({ operation }) => isAllowedOperation(adapter, operation))) {
    throw new Error(`The journal of the run ${journal.runId} names something that this script never changes.`);
  }
  const receipts = interrupted.changes
    .map(({ kind, target }) => ({ kind, target, changed: true, note: null }))
    .reverse();
  try {
    const conflicts = rollBack(adapter, journal);
    const reason = "A step was interrupted before. What it had done was rolled back now.";
    return { status: "rolled-back", reason, receipts, conflicts };
  } catch (error) {
    const reason = `A step was interrupted before and cannot be rolled back: ${messageOf(error)}`;
    return { status: "failed", reason, receipts: [], conflicts: [] };
  }
}
