import { derivedId } from "../core/derived-id.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import type { RunOptions, Trigger } from "../core/run.ts";
import { type VmId, vmKey } from "../core/vm-id.ts";
import { createRun } from "../runs/intake/create-run.ts";
import { FleetOperation, type FleetPolicy, maximumTargets, operationFormat, type Target } from "./fleet-operation.ts";
import { planWaves } from "./plan-waves.ts";

export interface OperationRequest {
  readonly id: string;
  readonly intent: "diagnose" | "repair";
  readonly options: RunOptions;
  readonly trigger: Trigger;
  /** A digest of the request. */
  readonly request: string;
  /** For people: which VMs were asked for. */
  readonly selection: string;
  readonly policy: FleetPolicy;
  readonly targets: readonly Target[];
}

export interface CreatedOperation {
  readonly operation: FleetOperation;
  /** In the order of their numbers. */
  readonly targets: readonly Target[];
}

/** A new operation, or the problem with the request: what would keep each of its runs from starting is found here. */
export function createOperation(request: OperationRequest, now: Date): Result<CreatedOperation> {
  const { id, intent, options, trigger, policy } = request;
  const given = [...new Map(request.targets.map((target) => [vmKey(target.vm), target])).values()];
  const [first] = given;
  if (!first) return fail("vm-not-found", `There is no VM among ${request.selection}. Nothing was started.`);
  if (given.length > maximumTargets) {
    const message = `${given.length} VMs are too many for one operation: ${maximumTargets} are the most. Narrow the selection.`;
    return fail("invalid-input", message);
  }
  const sample = createRun({ id: runIdOf(id, first.vm), vm: first.vm, intent, options, trigger }, now);
  if (!sample.ok) return sample;
  const { targets, lanes, segments, waveSizes } = planWaves(given, policy);
  const at = now.toISOString();
  const message = `Asked for by ${trigger.by} (${trigger.kind}): ${intent} ${request.selection}, in ${waveSizes.length} waves of ${waveSizes.join(", ")}.`;
  const operation = FleetOperation.parse({
    format: operationFormat,
    state: "running",
    id,
    intent,
    options,
    trigger,
    request: request.request,
    selection: request.selection,
    policy,
    createdAt: at,
    updatedAt: at,
    total: targets.length,
    lanes,
    segments,
    cursors: segments.map(({ from }) => from),
    wave: 0,
    waveSizes,
    waveFailures: waveSizes.map(() => 0),
    active: [],
    deferred: [],
    decisions: [],
    counts: {},
    recentEnds: [],
    log: [{ at, message }],
  });
  return ok({ operation, targets });
}

/** The id of the run of a VM in an operation: one VM has one run in it, however often it is started. */
export function runIdOf(operationId: string, vm: VmId): string {
  return derivedId(operationId, vmKey(vm));
}
