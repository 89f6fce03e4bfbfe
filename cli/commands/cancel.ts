import { fail, type Result } from "../../lib/core/problem.ts";
import { findRunId } from "../find-run.ts";
import { flagsOf } from "../render/next-steps.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { workInSession } from "../session.ts";

/** Cancels a run before its first change. After that the message names the commands to watch and to undo the run. */
export async function cancel(request: Request): Promise<Result<Report>> {
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  return workInSession(request, async ({ get, cancel: cancelRun, settle, place }) => {
    const run = await get(runId.value);
    if (!run.ok || run.value.outcome === "cancelled") return run;
    const cancelled = await cancelRun(runId.value);
    if (cancelled.ok) return settle(runId.value);
    if (run.value.state === "ended") return cancelled;
    return fail(
      cancelled.problem.code,
      `Run ${runId.value} has begun to change the VM (${run.value.state}), so it can no longer be cancelled. Watch it to its end: ${place.program} resume ${runId.value}${flagsOf(place)}. Then undo it: ${place.program} undo ${runId.value}${flagsOf(place)}.`,
    );
  });
}
