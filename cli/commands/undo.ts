import { ok, type Result } from "../../lib/core/problem.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { workInSession } from "../session.ts";
import { readRunId } from "../target.ts";

/** Takes back what a run changed, as a run of its own. */
export async function undo(request: Request): Promise<Result<Report>> {
  const runId = readRunId(request);
  if (!runId.ok) return runId;
  return workInSession(request, async ({ service, settle, trigger }) => {
    const begun = await service.undo(runId.value, { force: request.options.force, trigger });
    return begun.ok ? ok(await settle(begun.value.id)) : begun;
  });
}
