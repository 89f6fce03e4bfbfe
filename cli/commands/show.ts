import { fail, ok, type Result } from "../../lib/core/problem.ts";
import { withHistory } from "../history.ts";
import { type Report, reportRun } from "../report.ts";
import type { Request } from "../request.ts";
import { readRunId } from "../target.ts";

/** Shows one run. That it can be shown is success, however the run has ended. */
export async function show(request: Request): Promise<Result<Report>> {
  const runId = readRunId(request);
  if (!runId.ok) return runId;
  return withHistory(request, async (store) => {
    const stored = await store.get(runId.value);
    if (!stored)
      return fail("run-not-found", `There is no run ${runId.value} on this machine; the command runs lists all runs.`);
    const place = { program: request.terminal.program, sandbox: null };
    return ok({ ...reportRun(stored.run, place), exitCode: 0 as const });
  });
}
