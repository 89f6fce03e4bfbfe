import { type AccessAction, mayDo, principalsOf } from "../access/access-rules.ts";
import { wordsOf } from "../access/permit-run.ts";
import type { Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import type { VmId } from "../core/vm-id.ts";
import type { ApiResponse } from "./api-message.ts";
import { errorResponse, problemResponse } from "./error-response.ts";
import type { Call } from "./route.ts";

type AnyCall = Pick<Call<unknown, unknown>, "caller" | "deps">;

/** The response for a caller who may not do all of this on all of these VMs; `null` when they may. */
export async function refuseAccess(
  { caller, deps: { access } }: AnyCall,
  actions: readonly AccessAction[],
  vms: readonly VmId[],
): Promise<ApiResponse | null> {
  if (!access) return null;
  const principals = principalsOf(access.rules, caller.identity);
  for (const vm of vms) {
    for (const action of actions) {
      const atOnce = mayDo(access.rules, principals, action, vm, null);
      if (atOnce === "refused") return denied(action, vm);
      if (atOnce === "allowed") continue;
      const tags = await access.tagsOf(vm);
      if (!tags.ok) return problemResponse(tags.problem);
      if (mayDo(access.rules, principals, action, vm, tags.value ?? {}) !== "allowed") return denied(action, vm);
    }
  }
  return null;
}

function denied(action: AccessAction, vm: VmId): ApiResponse {
  const message = `You may not ${wordsOf[action]} VM ${vm.name}: no access rule allows it. Ask the owner of the access rules.`;
  return errorResponse(403, "AccessDenied", message, { target: "vm" });
}

/** Whether the caller may read of this run: by a rule, or because they asked for it. */
export function mayRead({ caller, deps: { access } }: AnyCall, { vm, trigger, before }: Run): boolean {
  if (!access || trigger.objectId === caller.objectId) return true;
  const principals = principalsOf(access.rules, caller.identity);
  return mayDo(access.rules, principals, "read", vm, before?.azure.vm.tags ?? {}) === "allowed";
}

/** A run that the caller may not read is answered like one that is not there. */
export async function readableRun(call: AnyCall, id: string): Promise<Result<Run>> {
  const found = await call.deps.engine.get(id);
  if (!found.ok || mayRead(call, found.value)) return found;
  const message = `There is no run ${id} here. List the runs to find its id.`;
  return { ok: false, problem: { code: "run-not-found", message, retryable: false } };
}

/** The response for a caller who may read this run and not do this with it; `null` when they may. */
export function refuseRunAccess(
  { caller, deps: { access } }: AnyCall,
  action: AccessAction,
  { vm, before }: Run,
): ApiResponse | null {
  if (!access) return null;
  const principals = principalsOf(access.rules, caller.identity);
  const answer = mayDo(access.rules, principals, action, vm, before?.azure.vm.tags ?? {});
  return answer === "allowed" ? null : denied(action, vm);
}
