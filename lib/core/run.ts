import { z } from "zod";
import { AccessRequest } from "./access-request.ts";
import { Receipt } from "./change.ts";
import { Evidence } from "./evidence.ts";
import { Finding } from "./finding.ts";
import { NetworkProposal, NotProposed } from "./network-proposal.ts";
import { Plan } from "./plan.ts";
import { Problem } from "./problem.ts";
import { intents, Operation, RunId, RunLimits, RunOptions, Trigger } from "./run-request.ts";
import { VmId } from "./vm-id.ts";

export { AlertMode, intents, Operation, RunId, RunLimits, RunOptions, Trigger } from "./run-request.ts";

const time = z.iso.datetime();

/** The number of this shape of a stored run. A reader that meets another number leaves the run alone. */
export const runFormat = 1;

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
  /** Faults or unknowns remain that were not ours to change; the findings say whose they are. */
  "advised",
  /** Changes were tried, did not prove themselves, and were taken back. */
  "not-repaired",
  /** The former state is back. */
  "undone",
  /** An approver rejected the plan, or no decision came in time. Nothing was changed. */
  "cancelled",
  /** The guest's answer is missing or not to be believed: what happened inside is not known. */
  "unknown",
  /** The work could not be done; nothing was changed unless receipts say so. */
  "failed",
] as const;

export const Outcome = z.strictObject({
  kind: z.enum(outcomes),
  /** One or two English sentences: what is so, and what to do next. */
  summary: z.string(),
  problem: Problem.optional(),
});
export type Outcome = z.infer<typeof Outcome>;

/** A time from which something is waited for, and until when. Both, so that a clock that was set back is noticed. */
export const Wait = z.strictObject({ from: time, until: time });
export type Wait = z.infer<typeof Wait>;

const scriptKinds = ["collect", "apply", "undo"] as const;

/** The Run Command that a run awaits. */
export const ScriptInFlight = z.strictObject({
  /** Its step in this run, e.g. `apply-1`; with the run id it makes the Run Command's name. */
  step: z.string(),
  script: z.enum(scriptKinds),
  /** ready: the next effect is its PUT; asked: a PUT may have left; running: Azure knows it. */
  phase: z.enum(["ready", "asked", "running"]),
  /** An earlier PUT may have been carried out although nobody saw it: whatever follows, the script may have run. */
  mayHaveRun: z.boolean(),
  timeoutSeconds: z.number().int().positive(),
  startedAt: time.nullable(),
  /** The guest does nothing after this time. */
  notAfter: time,
  /** For how many milliseconds it is awaited: until its time-out has ended it for certain. */
  awaitMs: z.number().int().positive(),
  /** How much of that is over, summed from wait to wait: a clock that jumps ends nothing early and stalls nothing. */
  waitedMs: z.number().int().nonnegative(),
  /** The value of `waitedMs` when the last PUT left. */
  askedAtMs: z.number().int().nonnegative(),
});
export type ScriptInFlight = z.infer<typeof ScriptInFlight>;

/** A Run Command that is still to be deleted. */
export const Cleanup = z.strictObject({
  step: z.string(),
  script: z.enum(scriptKinds),
  /** `null`: seen in a terminal state. Else it may be at work, and is not deleted before this time. */
  awaitUntil: time.nullable(),
});
export type Cleanup = z.infer<typeof Cleanup>;

/** What became of a handshake that the service made itself, over the network. */
export const OuterHandshake = z.strictObject({
  /** Where it completed; the address that was tried last when it did not. */
  address: z.string(),
  completed: z.boolean(),
  /** What it came to, for people. */
  because: z.string(),
});
export type OuterHandshake = z.infer<typeof OuterHandshake>;

/** A setting of this run is weaker than it was, and will be restored. */
export const TemporaryWeakening = z.strictObject({
  since: time,
  /** The run restores it then, if the guest has not done so by itself. */
  until: time,
  /** The weakened VM passed its proof; else it is restored for that reason. */
  proven: z.boolean(),
});
export type TemporaryWeakening = z.infer<typeof TemporaryWeakening>;

/** A restart of the VM through ARM. */
export const Restart = z.strictObject({
  /** due: to be asked for; asked: the request may have left; accepted: Azure has taken it. */
  phase: z.enum(["due", "asked", "accepted"]),
  /** The guest's boot time before it; `null` when it was not read. A later one proves the restart. */
  bootTimeBefore: z.string().nullable(),
  /** How often the guest was found with its former boot time. */
  looks: z.number().int().nonnegative(),
});
export type Restart = z.infer<typeof Restart>;

/** Why the guest takes changes back. */
export const Rollback = z.strictObject({
  /** undo: a run that was asked for; rollback: the proof failed; restore: a weakening has come to its end. */
  purpose: z.enum(["undo", "rollback", "restore"]),
  why: z.string(),
});
export type Rollback = z.infer<typeof Rollback>;

export const LogEntry = z.strictObject({ at: time, state: z.enum(runStates), message: z.string() });

export const Decision = z.strictObject({
  approved: z.boolean(),
  by: z.string(),
  at: time,
  reason: z.string().optional(),
  /** The plan that was decided on: no other is applied by this decision. */
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
  /** Nothing is done before it is over: the wait of a retry or between two looks. */
  wait: Wait.nullable().default(null),
  /** Consecutive failures of the effect that is tried now. */
  attempts: z.number().int().nonnegative().default(0),
  /** Run Commands that are over or given up. */
  cleanup: z.array(Cleanup).default([]),
  /** How many scripts this run has put in flight: the number in their steps. */
  scriptsStarted: z.number().int().nonnegative().default(0),
  /** How often the VM was found changed between diagnosis and apply. */
  replans: z.number().int().nonnegative().default(0),
  /** The VM was restarted through ARM because a change shows only after that. */
  restarted: z.boolean().default(false),
  before: Evidence.nullable().default(null),
  findings: z.array(Finding).default([]),
  plan: Plan.nullable().default(null),
  /** Plans of this run that were applied before the present one: what they did stands, too. */
  earlierPlans: z.array(Plan).default([]),
  /** Rules that would let in the sources that the network denies, for the network owner; and why there are none for others. */
  proposals: z.array(NetworkProposal).default([]),
  notProposed: z.array(NotProposed).default([]),
  /** The proposals are still to be handed to the pipeline when the run has ended; then its page is here. */
  fixDue: z.boolean().default(false),
  fixPage: z.string().nullable().default(null),
  access: AccessRequest.nullable().default(null),
  decision: Decision.nullable().default(null),
  /** The service's own handshakes, before the first change and after the last. */
  outside: z
    .strictObject({ before: OuterHandshake.nullable().default(null), after: OuterHandshake.nullable().default(null) })
    .prefault({}),
  /** Set from the moment in which a setting may be weaker. The run does not end before it is restored. */
  weakening: TemporaryWeakening.nullable().default(null),
  receipts: z.array(Receipt).default([]),
  after: Evidence.nullable().default(null),
  findingsAfter: z.array(Finding).default([]),
  /** Values that an undo left alone because they were changed since. */
  conflicts: z.array(z.string()).default([]),
  /** The alert has been told the outcome, or there was none to tell. */
  alertReported: z.boolean(),
  log: z.array(LogEntry),
};

/** What belongs to single phases; where a phase does not have it, it is `null`. */
const nothing = {
  script: z.null().default(null),
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

/** Evidence is there: Azure's at least. */
const observed = { before: Evidence };
const planned = { ...observed, plan: Plan };

/**
 * One VM, one intent, one id: everything that is known about a piece of work, and enough to go on with it after a kill.
 * Each phase has exactly its data; a state without its data can be neither made nor stored.
 */
export const Run = z.discriminatedUnion("state", [
  z.object({ ...common, state: z.literal("queued") }),
  z.object({ ...common, state: z.literal("preflight") }),
  /** Looks inside the VM. */
  z.object({ ...common, state: z.literal("collecting"), ...observed, script: inFlight("collect") }),
  /** Asks for just-in-time access, and waits for it to show. */
  z.object({ ...common, state: z.literal("planned"), ...observed, access: AccessRequest }),
  /** Until when a decision is awaited. */
  z.object({ ...common, state: z.literal("awaiting-approval"), ...planned, decideBy: time }),
  /** The service makes a handshake of its own. */
  z.object({ ...common, state: z.literal("probing"), ...planned, probing: z.enum(["before", "after"]) }),
  z.object({ ...common, state: z.literal("applying"), ...planned, script: inFlight("apply") }),
  z.object({ ...common, state: z.literal("restarting"), ...planned, restart: Restart }),
  /** Looks again, after a restart that was made or may have been. */
  z.object({ ...common, state: z.literal("verifying"), ...planned, script: inFlight("collect"), restart: Restart }),
  z.object({ ...common, state: z.literal("weakened"), ...planned, weakening: TemporaryWeakening }),
  z.object({ ...common, state: z.literal("rolling-back"), ...observed, script: inFlight("undo"), rollback: Rollback }),
  z.object({ ...common, state: z.literal("ended"), outcome: Outcome }),
]);
export type Run = z.infer<typeof Run>;

/** A run in one of these phases. */
export type RunIn<State extends RunState> = Extract<Run, { state: State }>;
