import type { Result } from "../../lib/core/problem.ts";
import { findRunId } from "../find-run.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { workInSession } from "../session.ts";

/** Resumes an interrupted run and waits until it ends; a run that another process works on is only watched. */
export async function resume(request: Request): Promise<Result<Report>> {
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  return workInSession(request, ({ settle }) => settle(runId.value));
}
