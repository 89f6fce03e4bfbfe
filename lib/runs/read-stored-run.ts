import { fail, ok, type Result } from "../core/problem.ts";
import { UnreadableRun } from "../core/stored-run.ts";
import type { RunStore, StoredRun } from "./ports.ts";

/** A stored run, or the problem why there is none: `run-not-found`, or `run-unreadable` by this version. */
export async function readStoredRun(store: Pick<RunStore, "get">, runId: string): Promise<Result<StoredRun>> {
  try {
    const stored = await store.get(runId);
    return stored ? ok(stored) : fail("run-not-found", `There is no run ${runId} here. List the runs to find its id.`);
  } catch (error) {
    if (!(error instanceof UnreadableRun)) throw error;
    return fail(
      "run-unreadable",
      `Run ${runId} cannot be read. ${error.message} It was left as it is. Read it with the version of this program that stored it; if it is damaged, diagnose its VM again.`,
    );
  }
}
