import type { z } from "zod";
import type { Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import { approvalRefusal, permittedRisk } from "../../runs/machine/approval.ts";
import { planUndo, weakensAgain } from "../../runs/planning/undo-plan.ts";
import type { Signal } from "../../runs/ports.ts";
import { readableRun, refuseRunAccess } from "../access.ts";
import type { ApiResponse } from "../api-message.ts";
import { describeCaller } from "../caller.ts";
import { errorResponse, missingRoleResponse, problemResponse } from "../error-response.ts";
import { startIdempotently } from "../idempotency.ts";
import type { Decision, Undo } from "../requests.ts";
import type { Call } from "../route.ts";
import { acceptedResponse, acceptedRunResponse } from "./accepted-response.ts";
import { triggerOf } from "./caller-trigger.ts";

/** Approves or rejects the plan that a run waits with. Idempotent for the same approver. */
export async function decideRun(call: Call<undefined, z.infer<typeof Decision>>): Promise<ApiResponse> {
  const { caller, id, deps, body } = call;
  const found = await readableRun(call, id);
  if (!found.ok) return problemResponse(found.problem);
  const denied = refuseRunAccess(call, "approve", found.value);
  if (denied) return denied;
  if (body.approved) {
    const refused = approvalRefusal(found.value, caller.objectId, deps.settings.allowSelfApproval);
    if (refused) return problemResponse(refused);
  }
  const by = describeCaller(caller);
  const { approved, planHash, reason } = body;
  const decision: Signal = { kind: "decide", approved, by, planHash, ...(reason && { reason }) };
  const decided = await give(call, decision, (now) => {
    return now.state !== "awaiting-approval" && isSame(now.decision, { approved, planHash, by });
  });
  if (decided.ok) return acceptedResponse(call, decided.value);
  const { code, message } = decided.problem;
  return code === "plan-changed"
    ? errorResponse(409, "PlanChanged", message, { target: "planHash" })
    : problemResponse(decided.problem);
}

function isSame(made: Run["decision"], asked: { approved: boolean; planHash: string; by: string }): boolean {
  return made?.by === asked.by && made.approved === asked.approved && made.planHash === asked.planHash;
}

/** Cancels a run before its first change, or restores the setting that it keeps weakened. Idempotent. */
export async function cancelRun(call: Call<undefined, unknown>): Promise<ApiResponse> {
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  // Who asked for a diagnosis may also end it.
  const own = found.value.trigger.objectId === call.caller.objectId;
  const denied = own ? null : refuseRunAccess(call, "repair", found.value);
  if (denied) return denied;
  const signal: Signal = { kind: "cancel", by: describeCaller(call.caller) };
  const cancelled = await give(call, signal, ({ outcome }) => outcome?.kind === "cancelled");
  if (cancelled.ok) return acceptedResponse(call, cancelled.value);
  const { code, message } = cancelled.problem;
  return code === "decision-not-awaited"
    ? errorResponse(409, "NotCancellable", message)
    : problemResponse(cancelled.problem);
}

/**
 * Undoes a run by a new run. A run that has changed nothing yet is cancelled instead; a run that keeps a setting weakened
 * restores it itself. A run that is undone already is no error.
 */
export async function undoRun(call: Call<undefined, z.infer<typeof Undo>>): Promise<ApiResponse> {
  const { caller, body, deps } = call;
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  const run = found.value;
  const denied = refuseRunAccess(call, "repair", run);
  if (denied) return denied;
  if (run.state !== "ended") return run.weakening ? restoreNow(call, run) : cancelRun(call);
  const plan = planUndo(run);
  if (plan && weakensAgain(plan) && !caller.roles.has("Rdp.Weaken")) return missingRoleResponse("Rdp.Weaken");
  const weakening = plan && weakensAgain(plan) ? refuseRunAccess(call, "weaken", run) : null;
  if (weakening) return weakening;
  const permitted = permittedRisk(deps.settings.maximumRisk, undefined, false);
  if (!permitted.ok) return problemResponse(permitted.problem);
  const maximumRisk = permitted.value;
  const earlier = await deps.service.undoneBy(run, body.force);
  // A delivery that is repeated under its own id is compared with the first.
  const own = call.headers["operation-id"] ?? call.headers["repeatability-request-id"];
  if (earlier && earlier.id !== own) return acceptedResponse(call, earlier);
  const begun = await startIdempotently(call, [
    {
      key: call.id,
      start: (id, operation) =>
        deps.service.undo(call.id, {
          id,
          operation,
          force: body.force,
          trigger: triggerOf(caller, deps.access),
          maximumRisk,
        }),
    },
  ]);
  return begun.ok ? acceptedRunResponse(call, begun.value) : begun.response;
}

async function restoreNow(call: Call<undefined, unknown>, run: Run): Promise<ApiResponse> {
  if (run.state !== "weakened") return acceptedResponse(call, run);
  const signal: Signal = { kind: "cancel", by: describeCaller(call.caller) };
  const restored = await give(call, signal, ({ state }) => state !== "weakened");
  return restored.ok ? acceptedResponse(call, restored.value) : problemResponse(restored.problem);
}

/** Sends a signal to the run. A repeated or concurrent signal is no error: `hasHeard` recognizes it. */
async function give(
  { deps, id }: Pick<Call<unknown, unknown>, "deps" | "id">,
  signal: Signal,
  hasHeard: (run: Run) => boolean,
): Promise<Result<Run>> {
  const given = await deps.engine.signal(id, signal);
  if (given.ok) return given;
  const found = await deps.engine.get(id);
  return found.ok && hasHeard(found.value) ? found : given;
}
