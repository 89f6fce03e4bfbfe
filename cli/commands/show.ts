import { ok, type Result } from "../../lib/core/problem.ts";
import { findUndo } from "../../lib/runs/intake/find-undo.ts";
import { readStoredRun } from "../../lib/runs/read-stored-run.ts";
import { withHistory } from "../history.ts";
import { placeOf } from "../place.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import { readRunId } from "../target.ts";

/** Shows one run. The exit code is 0 whatever the outcome of the run. */
export async function show(request: Request): Promise<Result<Report>> {
  const runId = readRunId(request);
  if (!runId.ok) return runId;
  return withHistory(request, async (store) => {
    const stored = await readStoredRun(store, runId.value);
    if (!stored.ok) return stored;
    const undoneBy = await findUndo(store, stored.value.run);
    return ok({ ...reportRun(stored.value.run, placeOf(request.terminal), undoneBy), exitCode: 0 as const });
  });
}
