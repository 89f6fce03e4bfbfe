import { z } from "zod";
import { RunId, RunOptions, Trigger } from "../core/run.ts";
import { type FleetOperation, FleetPolicy, PlanGroup, resultKinds } from "./fleet-operation.ts";
import { progressOf } from "./progress.ts";

const time = z.iso.datetime();
const count = z.number().int().nonnegative();

/** An operation as people and callers see it: without the bookkeeping. */
export const OperationView = z.strictObject({
  id: RunId,
  state: z.enum(["running", "paused", "stopping", "ended"]).describe("`stopping`: nothing is started any more."),
  outcome: z
    .strictObject({
      kind: z.enum(["completed", "cancelled", "circuit-open"]).describe("`circuit-open`: too many VMs failed."),
      summary: z.string(),
    })
    .nullable(),
  mode: z.enum(["diagnose", "repair"]),
  selection: z.string().describe("Which VMs were asked for."),
  requestedBy: Trigger.omit({ alert: true, principals: true }),
  options: RunOptions,
  policy: FleetPolicy,
  createdDateTime: time,
  lastUpdatedDateTime: time,
  progress: z.strictObject({
    total: count,
    done: count,
    percent: count,
    atWork: count,
    waiting: count.describe("Waiting for a decision, for a deadline, or for another run on the VM."),
    notStarted: count,
    estimatedEndDateTime: time.nullable().describe("By the pace of the latest ends; `null` while it is not known."),
  }),
  results: z.partialRecord(z.enum(resultKinds), count).describe("How many VMs have ended in which way."),
  waves: z.array(z.strictObject({ size: count, failures: count, state: z.enum(["waiting", "at-work", "done"]) })),
  plans: z
    .array(PlanGroup.extend({ count, exampleRunId: RunId }))
    .describe("Plans that wait for a decision, by their kind. A decision may be about all of one kind."),
  log: z.array(z.strictObject({ at: time, message: z.string() })),
});
export type OperationView = z.infer<typeof OperationView>;

export function viewOperation(operation: FleetOperation): OperationView {
  const { alert: _, principals: __, ...requestedBy } = operation.trigger;
  const { estimatedEnd, plans, ...progress } = progressOf(operation);
  return {
    id: operation.id,
    state: operation.state,
    outcome: operation.state === "ended" ? operation.outcome : null,
    mode: operation.intent,
    selection: operation.selection,
    requestedBy,
    options: operation.options,
    policy: operation.policy,
    createdDateTime: operation.createdAt,
    lastUpdatedDateTime: operation.updatedAt,
    progress: {
      ...progress,
      notStarted: progress.total - progress.done - progress.atWork - progress.waiting,
      estimatedEndDateTime: estimatedEnd,
    },
    results: operation.counts,
    waves: operation.waveSizes.map((size, wave) => ({
      size,
      failures: operation.waveFailures[wave] ?? 0,
      state: waveState(operation, wave),
    })),
    plans: [...plans],
    log: operation.log,
  };
}

function waveState(operation: FleetOperation, wave: number): OperationView["waves"][number]["state"] {
  if (wave > operation.wave) return "waiting";
  return wave < operation.wave || operation.state === "ended" ? "done" : "at-work";
}
