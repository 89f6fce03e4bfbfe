import { z } from "zod";
import { AccessRequest } from "./access-request.ts";
import { Receipt } from "./change.ts";
import { Coverage } from "./coverage.ts";
import { Evidence } from "./evidence.ts";
import { Finding } from "./finding.ts";
import { SectionName } from "./guest-evidence.ts";
import { NetworkProposal, NotProposed } from "./network-proposal.ts";
import { Plan } from "./plan.ts";
import { Problem } from "./problem.ts";
import { runFormat } from "./run-format.ts";
import { intents, Operation, RunId, RunLimits, RunOptions, Trigger } from "./run-request.ts";
import { VmId } from "./vm-id.ts";

export {
  AlertMode,
  ClientError,
  ClientErrorCodes,
  intents,
  longestClientError,
  Operation,
  RunId,
  RunLimits,
  RunOptions,
  Trigger,
  triggerKinds,
} from "./run-request.ts";

const time = z.iso.datetime();

export const runStates = [
  "queued",
  "preflight",
  "collecting",
  "planned",
  "awaiting-approval",
  "probing",
  "applying",
  "restarting",
  "verifying",
  "weakened",
  "rolling-back",
  "ended",
] as const;
export type RunState = (typeof runStates)[number];

export const outcomes = [
  /** Everything that was checked is in order. */
  "healthy",
  /** Remote Desktop is closed because its owner wants it so; nothing else is wrong. */
  "closed-on-purpose",
  /** The faults are gone, proven by the same checks and a handshake. */
  "repaired",
  /** Faults or unknowns remain that this service may not change; the findings name who can. */
  "advised",
  /** Changes were made, did not pass the proof, and were rolled back. */
  "not-repaired",
  /** The former state is restored. */
  "undone",
  /** An approver rejected the plan, or no decision came in time. Nothing was changed. */
  "cancelled",
  /** The guest's reply is missing or cannot be relied on: the state inside the VM is not known. */
  "unknown",
  /** The work could not be done; nothing was changed unless receipts say so. */
  "failed",
] as const;

export const Outcome = z.strictObject({
  kind: z.enum(outcomes),
  /** One or two English sentences: the result, and what to do next. */
  summary: z.string(),
  problem: Problem.optional(),
  /** How far the run looked; absent when it saw nothing of the VM. */
  coverage: Coverage.optional(),
});
export type Outcome = z.infer<typeof Outcome>;

/** The start and end of a wait. Both are kept, so that a clock that was set back is noticed. */
export const Wait = z.strictObject({ from: time, until: time });
export type Wait = z.infer<typeof Wait>;

const scriptKinds = ["collect", "apply", "undo"] as const;

/** The Run Command that a run awaits. */
export const ScriptInFlight = z.strictObject({
  /** Its step in this run, e.g. `apply-1`; the run id and the step form the Run Command's name. */
  step: z.string(),
  script: z.enum(scriptKinds),
  /** ready: the next effect is its PUT; asked: a PUT may have been sent; running: Azure knows it. */
  phase: z.enum(["ready", "asked", "running"]),
  /** An earlier PUT may have succeeded although its response was lost: the script may have run, whatever follows. */
  mayHaveRun: z.boolean(),
  timeoutSeconds: z.number().int().positive(),
  startedAt: time.nullable(),
  /** The guest does nothing after this time. */
  notAfter: time,
  /** How long it is awaited, in milliseconds: until its time-out has ended it for certain. */
  awaitMs: z.number().int().positive(),
  /**
   * How much of that time has passed, summed over the waits. So a jump of the clock neither ends the wait early nor
   * blocks it.
   */
  waitedMs: z.number().int().nonnegative(),
  /** The value of `waitedMs` when the last PUT was sent. */
  askedAtMs: z.number().int().nonnegative(),
});
export type ScriptInFlight = z.infer<typeof ScriptInFlight>;

/** A Run Command that is still to be deleted. */
export const Cleanup = z.strictObject({
  step: z.string(),
  script: z.enum(scriptKinds),
  /** `null`: seen in a terminal state. Otherwise it may still run, and is not deleted before this time. */
  awaitUntil: time.nullable(),
});
export type Cleanup = z.infer<typeof Cleanup>;

/** The result of a handshake that the service made itself, over the network. */
export const OuterHandshake = z.strictObject({
  /** The address where it completed, or the last address that was tried. */
  address: z.string(),
  completed: z.boolean(),
  /** The result, for people. */
  because: z.string(),
});
export type OuterHandshake = z.infer<typeof OuterHandshake>;

/** A setting of this run is weaker than it was, and will be restored. */
export const TemporaryWeakening = z.strictObject({
  since: time,
  /** The run restores it at this time, if the guest has not done so. */
  until: time,
  /** The weakened VM passed its proof. Otherwise the setting is restored for that reason. */
  proven: z.boolean(),
});
export type TemporaryWeakening = z.infer<typeof TemporaryWeakening>;

/** A restart of the VM through ARM. */
export const Restart = z.strictObject({
  /** due: to be requested; asked: the request may have been sent; accepted: Azure has accepted it. */
  phase: z.enum(["due", "asked", "accepted"]),
  /** The guest's boot time before it; `null` when it was not read. A later one proves the restart. */
  bootTimeBefore: z.string().nullable(),
  /** How often the guest was read and still had its former boot time. */
  looks: z.number().int().nonnegative(),
});
export type Restart = z.infer<typeof Restart>;

/** Why the guest rolls changes back. */
export const Rollback = z.strictObject({
  /** undo: an undo was requested; rollback: the proof failed; restore: a temporary weakening has ended. */
  purpose: z.enum(["undo", "rollback", "restore"]),
  why: z.string(),
});
export type Rollback = z.infer<typeof Rollback>;

/** What the earlier plans of a run have restored and proven. A later plan is judged against it, and rolled back alone. */
export const ProvenTiers = z.strictObject({
  /** How many plans, counted from the first of the run; and how many receipts are theirs. */
  plans: z.number().int().positive(),
  receipts: z.number().int().nonnegative(),
  /** The number of the last script until then: the steps with greater numbers are not proven. */
  lastScript: z.number().int().positive(),
  /** What the same checks found after them. */
  findings: z.array(Finding),
  /** Whether the VM's own handshake completed; and the service's own handshake, when it made one. */
  completes: z.boolean(),
  outside: OuterHandshake.nullable(),
});
export type ProvenTiers = z.infer<typeof ProvenTiers>;

export const LogEntry = z.strictObject({ at: time, state: z.enum(runStates), message: z.string() });

export const Decision = z.strictObject({
  approved: z.boolean(),
  by: z.string(),
  at: time,
  reason: z.string().optional(),
  /** The plan of this decision: the decision applies no other plan. */
  planHash: Plan.shape.hash.nullable().default(null),
});
export type Decision = z.infer<typeof Decision>;

/** What accumulates over the phases. */
const accumulated = {
  format: z.literal(runFormat),
  id: RunId,
  vm: VmId,
  intent: z.enum(intents),
  options: RunOptions,
  limits: RunLimits.prefault({}),
  trigger: Trigger,
  operation: Operation.nullable().default(null),
  createdAt: time,
  updatedAt: time,
  /** Whether this run holds the VM. */
  claimed: z.boolean().default(false),
  /** Nothing is done before this wait is over: a retry, or the time between two reads. */
  wait: Wait.nullable().default(null),
  /** Consecutive failures of the current effect. */
  attempts: z.number().int().nonnegative().default(0),
  /** Run Commands that have ended or were given up. */
  cleanup: z.array(Cleanup).default([]),
  /** How many scripts this run has started; their steps contain this number. */
  scriptsStarted: z.number().int().nonnegative().default(0),
  /** How often the VM had changed between diagnosis and apply. */
  replans: z.number().int().nonnegative().default(0),
  /** How often the VM was read again after its changes because Windows was still starting. */
  startingLooks: z.number().int().nonnegative().default(0),
  /** The VM was restarted through ARM because a change takes effect only then. */
  restarted: z.boolean().default(false),
  /**
   * When Azure's cross-checks of the network are read: beside the script that looks inside, alone where no script will run, or
   * not again.
   */
  crossChecks: z.enum(["beside", "alone", "done"]).default("beside"),
  before: Evidence.nullable().default(null),
  findings: z.array(Finding).default([]),
  plan: Plan.nullable().default(null),
  /** Plans that this run applied before the present one; their changes are in effect too. */
  earlierPlans: z.array(Plan).default([]),
  /** Remediations whose change failed inside this VM and was rolled back there: this run does not plan them again. */
  failedRemediations: z.array(z.string()).default([]),
  /** Set when a plan is proven and the evidence after it names another one. */
  proven: ProvenTiers.nullable().default(null),
  /**
   * Rules that would allow the denied sources, for the network owner; `notProposed` has the reasons for the other
   * sources.
   */
  proposals: z.array(NetworkProposal).default([]),
  notProposed: z.array(NotProposed).default([]),
  /** The ended run must still hand its proposals to the pipeline; afterwards `fixPage` is the pipeline's page. */
  fixDue: z.boolean().default(false),
  fixPage: z.string().nullable().default(null),
  access: AccessRequest.nullable().default(null),
  decision: Decision.nullable().default(null),
  /** The service's own handshakes, before the first change and after the last. */
  outside: z
    .strictObject({ before: OuterHandshake.nullable().default(null), after: OuterHandshake.nullable().default(null) })
    .prefault({}),
  /** Set from the moment when a setting may be weaker. The run does not end before the setting is restored. */
  weakening: TemporaryWeakening.nullable().default(null),
  receipts: z.array(Receipt).default([]),
  after: Evidence.nullable().default(null),
  findingsAfter: z.array(Finding).default([]),
  /** Values that an undo left alone because they were changed since. */
  conflicts: z.array(z.string()).default([]),
  /** The outcome was reported to the alert, or there is no alert. */
  alertReported: z.boolean(),
  /** Of the wait for a decision that the alert was told about, its `decideBy`. */
  alertToldUntil: time.nullable().default(null),
  log: z.array(LogEntry),
};

/** Data of single phases; `null` in every other phase. */
const nothing = {
  script: z.null().default(null),
  sections: z.null().default(null),
  decideBy: z.null().default(null),
  probing: z.null().default(null),
  restart: z.null().default(null),
  rollback: z.null().default(null),
  outcome: z.null().default(null),
};

const common = { ...accumulated, ...nothing };

function inFlight<Kind extends ScriptInFlight["script"]>(script: Kind) {
  return ScriptInFlight.extend({ script: z.literal(script) });
}

/** Phases with evidence: at least Azure's. */
const observed = { before: Evidence };
const planned = { ...observed, plan: Plan };

/**
 * One VM, one intent, one id: everything that is known about one run, and enough to resume it after a kill. Each phase
 * has exactly its own data; a state without its data can be neither built nor stored.
 */
export const Run = z.discriminatedUnion("state", [
  z.object({ ...common, state: z.literal("queued") }),
  z.object({ ...common, state: z.literal("preflight") }),
  /** Looks inside the VM: for everything, or again for the named sections, for which the first reply had no room. */
  z.object({
    ...common,
    state: z.literal("collecting"),
    ...observed,
    script: inFlight("collect"),
    sections: z.array(SectionName).default([]),
  }),
  /** Requests just-in-time access, and waits until its rule is visible. */
  z.object({ ...common, state: z.literal("planned"), ...observed, access: AccessRequest }),
  /** Until when a decision is awaited. */
  z.object({ ...common, state: z.literal("awaiting-approval"), ...planned, decideBy: time }),
  /** The service makes its own handshake. */
  z.object({ ...common, state: z.literal("probing"), ...planned, probing: z.enum(["before", "after"]) }),
  z.object({ ...common, state: z.literal("applying"), ...planned, script: inFlight("apply") }),
  z.object({ ...common, state: z.literal("restarting"), ...planned, restart: Restart }),
  /**
   * Reads the VM again: after a restart that was made or may have been made, or (`restart` is `null`) because Windows
   * was still starting after its changes.
   */
  z.object({
    ...common,
    state: z.literal("verifying"),
    ...planned,
    script: inFlight("collect"),
    restart: Restart.nullable(),
  }),
  z.object({ ...common, state: z.literal("weakened"), ...planned, weakening: TemporaryWeakening }),
  z.object({ ...common, state: z.literal("rolling-back"), ...observed, script: inFlight("undo"), rollback: Rollback }),
  z.object({ ...common, state: z.literal("ended"), outcome: Outcome }),
]);
export type Run = z.infer<typeof Run>;

/** A run in one of these phases. */
export type RunIn<State extends RunState> = Extract<Run, { state: State }>;
