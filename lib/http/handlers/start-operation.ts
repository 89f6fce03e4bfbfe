import { mayDo, principalsOf } from "../../access/access-rules.ts";
import { fail, ok, type Result } from "../../core/problem.ts";
import { parseVmId, type VmId } from "../../core/vm-id.ts";
import { createOperation } from "../../fleet/create-operation.ts";
import type { Selection } from "../../fleet/ports.ts";
import { describeSelection, type MayWorkOn, selectTargets } from "../../fleet/select-targets.ts";
import type { ApiResponse } from "../api-message.ts";
import { errorResponse, problemResponse } from "../error-response.ts";
import { digestOf, idReused, operationIdOf } from "../idempotency.ts";
import type { StartOperation } from "../requests.ts";
import type { Call } from "../route.ts";
import { triggerOf } from "./caller-trigger.ts";
import { monitorResponse } from "./operation-monitor.ts";
import { actionsOf, optionsOf, refuseRole, spend } from "./start-runs.ts";

type StartCall = Call<undefined, StartOperation>;

/** Starts one operation over many VMs. A repeated request starts nothing again. */
export async function startOperation(call: StartCall): Promise<ApiResponse> {
  const { deps, caller, body } = call;
  const missing = refuseRole(call);
  if (missing) return missing;
  const options = optionsOf(call);
  if (!options.ok) return problemResponse(options.problem);
  const asked = operationIdOf(call);
  if (!asked.ok) return asked.response;
  const { id, repeatable } = asked.value;
  const request = digestOf(call);
  const headers = {
    "operation-location": `${call.base}/api/operations/${id}`,
    ...(repeatable && { "repeatability-result": "accepted" }),
  };
  const reused = idReused(repeatable);
  // A repeated request searches nothing, and uses no budget.
  const earlier = await deps.fleet.engine.get(id);
  if (earlier.ok && earlier.value.request === request) return monitorResponse(202, earlier.value, headers);
  if (!reused.ok && (earlier.ok || (await deps.engine.get(id)).ok)) return reused.response;
  const selection = selectionOf(body);
  if (!selection.ok) return problemResponse(selection.problem);
  const searches = spend(deps.budgets?.vmLists, call, 1, "searches of VMs");
  if (searches) return searches;
  const found = await selectTargets(deps.fleet.inventory, selection.value, mayWorkOn(call));
  if (!found.ok) return problemResponse(found.problem);
  const { targets, refused } = found.value;
  const [denied] = selection.value.kind === "list" ? refused : [];
  if (denied) {
    const message = `You may not ${body.mode} VM ${denied.name}: no access rule allows it. Ask the owner of the access rules.`;
    return errorResponse(403, "AccessDenied", message, { target: "vms" });
  }
  const left = refused.length > 0 ? `, without ${refused.length} VMs for which no access rule allows it` : "";
  const created = createOperation(
    {
      id,
      intent: body.mode,
      options: options.value,
      trigger: triggerOf(caller, deps.access),
      request,
      selection: `${describeSelection(selection.value)}${left}`,
      policy: body.policy,
      targets,
    },
    deps.now?.() ?? new Date(),
  );
  if (!created.ok) return problemResponse(created.problem);
  const runs = spend(deps.budgets?.runs, call, created.value.operation.total, "runs");
  if (runs) return runs;
  const started = await deps.fleet.engine.start(created.value);
  // Another delivery of another request with this id was faster.
  if (started.request !== request && !reused.ok) return reused.response;
  return monitorResponse(202, started, headers);
}

function selectionOf({ vms, scope, tag, query, subscriptions = [] }: StartOperation): Result<Selection> {
  if (query !== undefined) return ok({ kind: "query", query, subscriptions });
  if (scope !== undefined) return ok({ kind: "scope", scope, tag });
  const list: VmId[] = [];
  for (const one of vms ?? []) {
    const ids = typeof one === "string" ? [one] : one.names.map((name) => idIn(one.resourceGroup, name));
    for (const id of ids) {
      const vm = parseVmId(id);
      if (!vm.ok) return fail("invalid-vm-id", vm.problem.message);
      list.push(vm.value);
    }
  }
  return ok({ kind: "list", vms: list });
}

function idIn(resourceGroup: string, name: string): string {
  const provider = `${resourceGroup.replace(/\/+$/, "")}/providers/Microsoft.Compute`;
  const [first, number] = name.split("/");
  return number === undefined
    ? `${provider}/virtualMachines/${name}`
    : `${provider}/virtualMachineScaleSets/${first}/virtualMachines/${number}`;
}

/** By the access rules, with the tags that the search has read. */
function mayWorkOn({ body, caller, deps: { access } }: StartCall): MayWorkOn {
  if (!access) return async () => ok(true);
  const principals = principalsOf(access.rules, caller.identity);
  return async (vm, tags) => {
    for (const action of actionsOf(body)) {
      const answer = mayDo(access.rules, principals, action, vm, tags);
      if (answer === "refused") return ok(false);
      if (answer === "allowed") continue;
      const read = await access.tagsOf(vm);
      if (!read.ok) return read;
      if (mayDo(access.rules, principals, action, vm, read.value ?? {}) !== "allowed") return ok(false);
    }
    return ok(true);
  };
}
