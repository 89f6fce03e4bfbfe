import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { findUndo } from "../../lib/runs/intake/find-undo.ts";
import { withHistory } from "../history.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import { readRunId } from "../target.ts";

/** Shows one run. The exit code is 0 whatever the outcome of the run. */
export async function show(request: Request): Promise<Result<Report>> {
  const runId = readRunId(request);
  if (!runId.ok) return runId;
  return withHistory(request, async (store) => {
    const stored = await store.get(runId.value);
    if (!stored)
      return fail("run-not-found", `There is no run ${runId.value} on this machine; the command runs lists all runs.`);
    const place = { program: request.terminal.program, sandbox: null };
    const undoneBy = await findUndo(store, stored.run);
    return ok({ ...reportRun(stored.run, place, undoneBy), exitCode: 0 as const });
  });
}
