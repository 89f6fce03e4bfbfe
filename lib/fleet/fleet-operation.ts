import { z } from "zod";
import { Risk } from "../core/risk.ts";
import { outcomes, RunId, RunOptions, Trigger } from "../core/run.ts";
import { VmId } from "../core/vm-id.ts";

/*
 * One operation over many VMs: its targets in waves, the runs that are at work, and what became of each target. The
 * targets and their results are stored beside it (`OperationStore`), so that its size does not grow with their number.
 */

const time = z.iso.datetime();
const count = z.number().int().nonnegative();

/** The format number of a stored operation. */
export const operationFormat = 1;

/** The most VMs of one operation. */
export const maximumTargets = 20_000;

/** How an operation goes through its VMs. */
export const FleetPolicy = z.strictObject({
  canary: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(1)
    .describe("How many VMs are done first; a failure among them stops it."),
  waves: z
    .array(z.number().int().min(1).max(100))
    .min(1)
    .max(20)
    .refine((shares) => shares.at(-1) === 100, "must end with 100")
    .refine((shares) => shares.every((share, at) => at === 0 || share > (shares[at - 1] ?? 0)), "must grow")
    .default([10, 50, 100])
    .describe("Up to which percentage of the VMs each wave goes. A wave starts when the one before has ended."),
  atWork: z.number().int().min(1).max(500).default(50).describe("The most VMs at work at once."),
  perSubscription: z.number().int().min(1).max(500).optional().describe("The most at work at once in a subscription."),
  perRegion: z
    .number()
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe("The most at work at once in a region of a subscription."),
  failurePercent: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe("More failures than this share of a wave open the circuit breaker: no further VM starts."),
  busy: z
    .enum(["skip", "wait"])
    .default("skip")
    .describe("What to do with a VM that another run works on: skip it with the reason, or wait up to an hour."),
});
export type FleetPolicy = z.infer<typeof FleetPolicy>;

/** A look changes nothing: no canary, one wave, and a VM that fails says nothing about the next. */
export const lookPolicy: FleetPolicy = FleetPolicy.parse({ canary: 0, waves: [100], failurePercent: 100 });

/** One VM of an operation; its position in the list is its number. */
export const Target = z.strictObject({ vm: VmId, location: z.string().nullable() });
export type Target = z.infer<typeof Target>;

/** The targets `from` up to, not including, `to`: of one wave and one lane. */
const Segment = z.strictObject({ wave: count, lane: count, from: count, to: count });
export type Segment = z.infer<typeof Segment>;

/** Targets that share a budget of Azure: a region of a subscription. The region is `null` where it is not known. */
const Lane = z.strictObject({ subscriptionId: z.guid(), location: z.string().nullable() });
export type Lane = z.infer<typeof Lane>;

/** Equal for plans that do the same kind of thing, whatever VM they are for. */
export const PlanGroup = z.strictObject({ fingerprint: z.string(), remediations: z.array(z.string()), risk: Risk });
export type PlanGroup = z.infer<typeof PlanGroup>;

/** A target between its admission and its end. */
const Member = z.strictObject({
  ...Target.shape,
  number: count,
  lane: count,
  wave: count,
  /** Derived from the operation and the VM: starting it twice starts it once. */
  runId: RunId,
  /** starting: its run may exist; at-work: it exists; parked: it waits for a decision, or keeps a setting weakened. */
  phase: z.enum(["starting", "at-work", "parked"]),
  admittedAt: time,
  /** When its run is read next. */
  lookAt: time,
  /** Since when another run has kept it from starting. */
  busySince: time.nullable().default(null),
  /** The plan that waits for a decision. */
  plan: PlanGroup.nullable().default(null),
  /** Its run was asked to end, or was told a decision: not asked again before it has been read. */
  signalled: z.boolean().default(false),
});
export type Member = z.infer<typeof Member>;

/** A decision about all plans of one kind. */
const PlanDecision = z.strictObject({
  fingerprint: z.string(),
  approved: z.boolean(),
  by: z.string(),
  objectId: z.string().optional(),
  principals: z.array(z.string()).optional(),
  at: time,
});
export type PlanDecision = z.infer<typeof PlanDecision>;

export const resultKinds = [...outcomes, "skipped"] as const;

/** What became of a target. One that has no result when its operation has ended was not started. */
export const TargetResult = z.strictObject({
  number: count,
  kind: z.enum(resultKinds),
  summary: z.string(),
  /** `null`: it has no run. */
  runId: RunId.nullable(),
  startedAt: time,
  endedAt: time,
});
export type TargetResult = z.infer<typeof TargetResult>;

const stopReasons = ["cancelled", "circuit-open"] as const;

const common = {
  format: z.literal(operationFormat),
  id: RunId,
  intent: z.enum(["diagnose", "repair"]),
  options: RunOptions,
  trigger: Trigger,
  /** A digest of the request: an id stands for one request only. */
  request: z.string(),
  /** For people: which VMs were asked for, and how many of them were left out. */
  selection: z.string(),
  policy: FleetPolicy,
  createdAt: time,
  updatedAt: time,
  total: count,
  lanes: z.array(Lane),
  segments: z.array(Segment),
  /** For each segment the next target to admit. */
  cursors: z.array(count),
  /** The present wave, and of each wave its size and its failures. With a canary, wave 0 is the canary. */
  wave: count,
  waveSizes: z.array(count),
  waveFailures: z.array(count),
  active: z.array(Member),
  /** Targets that wait because another run works on their VM. */
  deferred: z.array(Member),
  decisions: z.array(PlanDecision),
  /** By kind of result. */
  counts: z.record(z.string(), count),
  /** On how many of them a lock-out is ahead. */
  vmsWithLockouts: count.default(0),
  /** When the last targets ended, oldest first: the pace. */
  recentEnds: z.array(time),
  /** For people: what happened to the operation as a whole. */
  log: z.array(z.strictObject({ at: time, message: z.string() })),
};

export const FleetOperation = z.discriminatedUnion("state", [
  z.object({ ...common, state: z.literal("running") }),
  /** Nothing is started; what is at work goes on. */
  z.object({ ...common, state: z.literal("paused"), pausedBy: z.string() }),
  /** Nothing is started any more; what is at work ends. */
  z.object({ ...common, state: z.literal("stopping"), stopped: z.enum(stopReasons), because: z.string() }),
  z.object({
    ...common,
    state: z.literal("ended"),
    outcome: z.strictObject({ kind: z.enum(["completed", ...stopReasons]), summary: z.string() }),
    active: z.tuple([]),
    deferred: z.tuple([]),
  }),
]);
export type FleetOperation = z.infer<typeof FleetOperation>;
export type FleetOperationIn<State extends FleetOperation["state"]> = Extract<FleetOperation, { state: State }>;

/** How many targets have a result. */
export function doneOf({ counts }: Pick<FleetOperation, "counts">): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

/** How many of the active members use Azure now. */
export function atWorkOf({ active }: Pick<FleetOperation, "active">): number {
  return active.filter(({ phase }) => phase !== "parked").length;
}

/** How many targets were not admitted yet. */
export function waitingOf({ segments, cursors, deferred }: FleetOperation): number {
  return segments.reduce((sum, { to }, at) => sum + to - (cursors[at] ?? to), 0) + deferred.length;
}
