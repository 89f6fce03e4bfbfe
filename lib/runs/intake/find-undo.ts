import type { Run } from "../../core/run.ts";
import { vmKey } from "../../core/vm-id.ts";
import type { RunStore } from "../ports.ts";

/** How many runs of the VM are read. */
const maximumRuns = 50;

/**
 * The run that has undone this run, or is about to; `null` when there is none. `force`: an undo that left values
 * unchanged because they had been changed since does not count, because a forced undo restores them too.
 */
export async function findUndo(store: Pick<RunStore, "list">, { id, vm }: Run, force = false): Promise<Run | null> {
  const { runs } = await store.list({ vmKey: vmKey(vm), limit: maximumRuns });
  return undoAmong(runs, id, force);
}

function undoAmong(runs: readonly Run[], id: string, force: boolean): Run | null {
  const undos = runs.filter(({ intent, options }) => intent === "undo" && options.undoes === id);
  const open = undos.find(({ state }) => state !== "ended");
  if (open) return open;
  const done = undos.find(({ outcome }) => outcome?.kind === "undone");
  if (!done || (force && done.conflicts.length > 0)) return null;
  // An undo that was itself undone no longer counts.
  return undoAmong(runs, done.id, false)?.outcome?.kind === "undone" ? null : done;
}
