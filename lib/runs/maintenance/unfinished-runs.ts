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

/** Not ended, or ended with something left to do: the VM to give back, a fix to hand over, an alert to tell. */
export function isUnfinished({ state, claimed, fixDue, alertReported }: Run): boolean {
  return state !== "ended" || claimed || fixDue || !alertReported;
}
