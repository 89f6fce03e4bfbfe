import { fail, type Result } from "../../lib/core/problem.ts";
import { findRunId } from "../find-run.ts";
import type { Report } from "../report.ts";
import type { Request } from "../request.ts";
import { workInSession } from "../session.ts";

/** Approves or rejects a waiting plan, and waits until the run ends. */
export async function decide(request: Request): Promise<Result<Report>> {
  const { approve, reject, plan, reason } = request.options;
  const runId = await findRunId(request);
  if (!runId.ok) return runId;
  if (approve === reject) return fail("invalid-input", "Give either --approve or --reject.");
  return workInSession(request, async (session) => {
    const run = await session.get(runId.value);
    if (!run.ok) return run;
    const waiting = run.value.plan?.hash ?? "";
    const decided = await session.decide(runId.value, {
      approved: approve,
      // A value that is not a prefix of the hash is passed on unchanged; the service rejects it as another plan's.
      planHash: plan === undefined || waiting.startsWith(plan) ? waiting : plan,
      reason,
    });
    return decided.ok ? session.settle(runId.value) : decided;
  });
}
