import { mayDo, principalsOf } from "../../access/access-rules.ts";
import { ok, type Result } from "../../core/problem.ts";
import type { FleetOperation } from "../../fleet/fleet-operation.ts";
import { viewOperation } from "../../fleet/operation-view.ts";
import type { OperationStatus } from "../../run-view/run-view.ts";
import { wireCodeOf } from "../../run-view/wire-code.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import type { FleetMonitor } from "../responses.ts";
import type { Call } from "../route.ts";

type AnyCall = Pick<Call<unknown, unknown>, "caller" | "deps" | "id">;

export function presentFleet(operation: FleetOperation): FleetMonitor {
  const status = statusOf(operation);
  const view = viewOperation(operation);
  const error = { code: wireCodeOf("circuit-open"), message: view.outcome?.summary ?? "" };
  return { ...view, status, ...(status === "Failed" && { error }) };
}

function statusOf(operation: FleetOperation): OperationStatus {
  if (operation.state !== "ended") return "Running";
  switch (operation.outcome.kind) {
    case "completed":
      return "Succeeded";
    case "cancelled":
      return "Canceled";
    case "circuit-open":
      return "Failed";
  }
}

/** The status monitor, and when to look again. */
export function monitorResponse(
  status: 200 | 202,
  operation: FleetOperation,
  headers: Record<string, string> = {},
): ApiResponse {
  const again: Record<string, string> =
    operation.state === "ended" ? {} : { "retry-after": operation.state === "paused" ? "30" : "10" };
  return jsonResponse(status, presentFleet(operation), { ...again, ...headers });
}

/** An operation that the caller may not read is answered like one that is not there. */
export async function readableOperation(call: AnyCall): Promise<Result<FleetOperation>> {
  const found = await call.deps.fleet.engine.get(call.id);
  if (!found.ok || (await mayReadOperation(call, found.value))) return found;
  const message = `There is no operation ${call.id} here. List the operations to find its id.`;
  return { ok: false, problem: { code: "operation-not-found", message, retryable: false } };
}

const pageSize = 500;

/**
 * Whoever asked for an operation may read it, and whoever may read about each of its VMs by a rule without tags: its numbers
 * speak of all of them.
 */
export async function mayReadOperation(
  { caller, deps: { access, fleet } }: AnyCall,
  { id, trigger, total }: FleetOperation,
): Promise<boolean> {
  if (!access || trigger.objectId === caller.objectId) return true;
  const principals = principalsOf(access.rules, caller.identity);
  for (let from = 0; from < total; from += pageSize) {
    const targets = await fleet.store.targetsOf(id, from, from + pageSize);
    if (targets.some(({ vm }) => mayDo(access.rules, principals, "read", vm, null) !== "allowed")) return false;
  }
  return true;
}

/** As `readableOperation`, for a request that changes it. */
export async function changeableOperation(call: AnyCall): Promise<Result<FleetOperation>> {
  const found = await readableOperation(call);
  if (!found.ok) return found;
  const isOwn = found.value.trigger.objectId === call.caller.objectId;
  return isOwn || call.caller.roles.has("Rdp.Repair")
    ? ok(found.value)
    : {
        ok: false,
        problem: {
          code: "access-denied",
          message: `Operation ${call.id} was asked for by somebody else: to change it you need the app role Rdp.Repair.`,
          retryable: false,
        },
      };
}
