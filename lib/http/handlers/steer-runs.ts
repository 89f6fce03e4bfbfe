import type { z } from "zod";
import { approvalRefusal } from "../../runs/approval.ts";
import { describeCaller } from "../caller.ts";
import type { ApiResponse } from "../message.ts";
import { startOnce } from "../once.ts";
import { problemRefusal, refusal } from "../refusal.ts";
import type { Decision, Undo } from "../requests.ts";
import type { Call } from "../route.ts";
import { accepted, acceptedRun } from "./accepted.ts";
import { triggerOf } from "./trigger.ts";

/** Approves or rejects the plan that a run waits with. The same decision again by the same approver is no error. */
export async function decide(call: Call<undefined, z.infer<typeof Decision>>): Promise<ApiResponse> {
  const { caller, id, deps, body } = call;
  const found = await deps.engine.get(id);
  if (!found.ok) return problemRefusal(found.problem);
  const run = found.value;
  if (body.approved) {
    const refused = approvalRefusal(run, caller.objectId, deps.settings.allowSelfApproval);
    if (refused) return problemRefusal(refused);
  }
  if (body.planHash !== undefined && body.planHash !== run.plan?.hash) {
    return refusal(409, "PlanChanged", "The run now has another plan. Look at it, then decide.", {
      target: "planHash",
    });
  }
  const by = describeCaller(caller);
  const waits = run.state === "awaiting-approval";
  if (!waits && run.decision?.by === by && run.decision.approved === body.approved) return accepted(call, run);
  const { approved, reason } = body;
  const decided = await deps.engine.signal(id, { kind: "decide", approved, by, ...(reason && { reason }) });
  return decided.ok ? accepted(call, decided.value) : problemRefusal(decided.problem);
}

/** Calls a run off, as long as nothing has been changed. Cancelling what is cancelled is no error. */
export async function cancel(call: Call<undefined, unknown>): Promise<ApiResponse> {
  const { caller, id, deps } = call;
  const found = await deps.engine.get(id);
  if (!found.ok) return problemRefusal(found.problem);
  if (found.value.outcome?.kind === "cancelled") return accepted(call, found.value);
  const cancelled = await deps.engine.signal(id, { kind: "cancel", by: describeCaller(caller) });
  if (cancelled.ok) return accepted(call, cancelled.value);
  const { code, message } = cancelled.problem;
  return code === "decision-not-awaited" ? refusal(409, "NotCancellable", message) : problemRefusal(cancelled.problem);
}

/** Takes back what a run changed, by a run of its own. */
export async function undo(call: Call<undefined, z.infer<typeof Undo>>): Promise<ApiResponse> {
  const { caller, body, deps } = call;
  const begun = await startOnce(call, [
    {
      key: call.id,
      start: (id, operation) =>
        deps.service.undo(call.id, { id, operation, force: body.force, trigger: triggerOf(caller) }),
    },
  ]);
  return begun.ok ? acceptedRun(call, begun.value) : begun.response;
}
