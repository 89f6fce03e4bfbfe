import type { z } from "zod";
import { decideAboutPlans } from "../../fleet/fleet-engine.ts";
import type { ApiResponse } from "../api-message.ts";
import { describeCaller } from "../caller.ts";
import { problemResponse } from "../error-response.ts";
import type { PlanDecision } from "../requests.ts";
import type { Call } from "../route.ts";
import { triggerOf } from "./caller-trigger.ts";
import { changeableOperation, monitorResponse, readableOperation } from "./operation-monitor.ts";

type ControlCall = Call<undefined, object>;

/** Pauses, resumes or cancels an operation. Repeating it is harmless. */
export function controlOperation(kind: "pause" | "resume" | "cancel"): (call: ControlCall) => Promise<ApiResponse> {
  return async (call) => {
    const found = await changeableOperation(call);
    if (!found.ok) return problemResponse(found.problem);
    const isDone = { pause: "paused", resume: "running", cancel: "stopping" }[kind] === found.value.state;
    if (isDone) return monitorResponse(202, found.value, locationOf(call));
    const taken = await call.deps.fleet.engine.signal(call.id, { kind, by: describeCaller(call.caller) });
    return taken.ok ? monitorResponse(202, taken.value, locationOf(call)) : problemResponse(taken.problem);
  };
}

/** Approves or rejects all plans of one kind that wait, or will wait, in an operation. */
export async function decideOperation(call: Call<undefined, z.infer<typeof PlanDecision>>): Promise<ApiResponse> {
  const { caller, deps, body } = call;
  const found = await readableOperation(call);
  if (!found.ok) return problemResponse(found.problem);
  const { principals } = triggerOf(caller, deps.access);
  const decision = {
    kind: "decide" as const,
    ...body,
    by: describeCaller(caller),
    objectId: caller.objectId,
    ...(principals && { principals }),
  };
  const allowed = decideAboutPlans(found.value, decision, deps.settings.allowSelfApproval);
  if (!allowed.ok) return problemResponse(allowed.problem);
  const taken = await deps.fleet.engine.signal(call.id, allowed.value);
  return taken.ok ? monitorResponse(202, taken.value, locationOf(call)) : problemResponse(taken.problem);
}

function locationOf({ base, id }: Pick<ControlCall, "base" | "id">): Record<string, string> {
  return { "operation-location": `${base}/api/operations/${id}` };
}
