import type { AccessAction } from "../../access/access-rules.ts";
import { ok, type Result } from "../../core/problem.ts";
import type { RunOptions } from "../../core/run.ts";
import { parseVmId, type VmId, vmKey } from "../../core/vm-id.ts";
import { wireCodeOf } from "../../run-view/wire-code.ts";
import { permittedRisk } from "../../runs/machine/approval.ts";
import { namesWeakening } from "../../runs/machine/weakening.ts";
import { refuseAccess } from "../access.ts";
import type { ApiResponse, CheckedInput } from "../api-message.ts";
import type { Budget } from "../budget.ts";
import {
  type ErrorDetail,
  errorResponse,
  missingRoleResponse,
  problemResponse,
  rejectFor,
  rejectInput,
} from "../error-response.ts";
import { type RunTarget, startIdempotently } from "../idempotency.ts";
import { maximumVms, type StartRuns } from "../requests.ts";
import type { Call } from "../route.ts";
import { acceptedOperationResponse, acceptedRunResponse } from "./accepted-response.ts";
import { triggerOf } from "./caller-trigger.ts";

type StartCall = Call<undefined, StartRuns>;
/** A request for runs on one VM or on many. */
type Asked = Pick<
  StartRuns,
  | "mode"
  | "checks"
  | "remediations"
  | "weakenMinutes"
  | "port"
  | "requestAccess"
  | "clientError"
  | "sources"
  | "dryRun"
  | "force"
  | "maximumRisk"
>;
type AskingCall = Call<undefined, Asked>;

/** Starts a run on one VM, or an operation of several. */
export async function startRuns(call: StartCall): Promise<ApiResponse> {
  const { vm } = call.body;
  const missing = refuseRole(call);
  if (missing) return missing;
  const options = optionsOf(call);
  if (!options.ok) return problemResponse(options.problem);
  const { budgets } = call.deps;
  const searches = call.body.tag ? spend(budgets?.vmLists, call, 1, "searches of VMs by tag") : null;
  if (searches) return searches;
  const found = await vmsOf(call);
  if (!found.ok) return found.response;
  const denied = await refuseAccess(call, actionsOf(call.body), found.value);
  if (denied) return denied;
  const [first, ...others] = found.value.map((one) => targetOf(one, options.value, call));
  if (!first) return errorResponse(404, "NoVmFound", "No VM within this scope has this tag.", { target: "tag" });
  const runs = spend(budgets?.runs, call, found.value.length, "runs");
  if (runs) return runs;
  const begun = await startIdempotently(call, [first, ...others]);
  if (!begun.ok) return begun.response;
  return vm === undefined ? acceptedOperationResponse(call, begun.value) : acceptedRunResponse(call, begun.value);
}

/** The response for a caller without a role that the request needs besides that of its route; `null` when none is missing. */
export function refuseRole({ body, caller }: AskingCall): ApiResponse | null {
  const needed = [
    ...(body.mode === "repair" ? (["Rdp.Repair"] as const) : []),
    ...(namesWeakening(body.remediations ?? []) ? (["Rdp.Weaken"] as const) : []),
    ...(body.requestAccess ? (["Rdp.OpenNetwork"] as const) : []),
  ];
  const missing = needed.find((role) => !caller.roles.has(role));
  return missing ? missingRoleResponse(missing) : null;
}

/** 429 when the caller has used up the budget; `null` when the rest of it is enough. */
export function spend(
  budget: Budget | undefined,
  { caller }: Pick<AskingCall, "caller">,
  count: number,
  what: string,
): ApiResponse | null {
  const seconds = budget?.take(caller.objectId, count) ?? null;
  if (seconds === null) return null;
  const message = `You have used up what one caller may start in an hour (${what}). Try again in ${seconds} s.`;
  return errorResponse(429, "TooManyRequests", message, { headers: { "retry-after": String(seconds) } });
}

/** What the request does on each of its VMs. */
export function actionsOf({ mode, remediations = [], requestAccess }: Asked): AccessAction[] {
  return [
    mode,
    ...(namesWeakening(remediations) ? (["weaken"] as const) : []),
    ...(requestAccess ? (["open-network"] as const) : []),
  ];
}

function targetOf(vm: VmId, options: RunOptions, call: StartCall): RunTarget {
  return {
    key: vmKey(vm),
    start: (id, operation) =>
      call.deps.service.start({
        id,
        vm,
        intent: call.body.mode,
        options,
        trigger: triggerOf(call.caller, call.deps.access),
        operation,
      }),
  };
}

export function optionsOf({ body, caller, deps }: AskingCall): Result<RunOptions> {
  const { allowSelfApproval, maximumRisk } = deps.settings;
  const mayExceed = allowSelfApproval && caller.roles.has("Rdp.Approve");
  const permitted = permittedRisk(maximumRisk, body.maximumRisk, mayExceed);
  if (!permitted.ok) return permitted;
  const { checks, remediations, weakenMinutes, port, requestAccess, clientError, sources, dryRun, force } = body;
  return ok({
    ...(checks && { checks }),
    ...(remediations && { remediations }),
    ...(weakenMinutes !== undefined && { weakenMinutes }),
    ...(port !== undefined && { port }),
    ...(requestAccess && { requestAccess }),
    ...(clientError && { clientError }),
    sources,
    dryRun,
    force,
    maximumRisk: permitted.value,
  });
}

/** The requested VMs without duplicates, in an order that a repeated request repeats. */
async function vmsOf({ body, deps }: StartCall): Promise<CheckedInput<VmId[]>> {
  const named = body.tag ? await taggedVms(body.tag, body.scope ?? "", deps) : readVms(body);
  if (!named.ok) return named;
  const byKey = new Map(named.value.map((vm) => [vmKey(vm), vm]));
  return { ok: true, value: [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, vm]) => vm) };
}

function readVms({ vm, vms = [] }: StartRuns): CheckedInput<VmId[]> {
  const read = (vm === undefined ? vms : [vm]).map(parseVmId);
  const details = read.flatMap((one, index): ErrorDetail[] => {
    if (one.ok) return [];
    const { code, message } = one.problem;
    return [{ code: wireCodeOf(code), message, target: vm === undefined ? `vms.${index}` : "vm" }];
  });
  const [wrong] = details;
  if (!wrong) return { ok: true, value: read.flatMap((one) => (one.ok ? [one.value] : [])) };
  return rejectInput(400, wrong.code, wrong.message, { target: wrong.target ?? "vm", details });
}

async function taggedVms(
  tag: { name: string; value: string },
  scope: string,
  { fleet: { inventory } }: StartCall["deps"],
): Promise<CheckedInput<VmId[]>> {
  const found = await inventory.find({ kind: "scope", scope, tag });
  if (!found.ok) return rejectFor(found.problem);
  if (found.value.length <= maximumVms) return { ok: true, value: found.value.map(({ vm }) => vm) };
  const message = `${found.value.length} VMs carry this tag, and ${maximumVms} are the most that start at once. Narrow the scope, or POST /api/operations.`;
  return rejectInput(400, "TooManyVms", message, { target: "tag" });
}
