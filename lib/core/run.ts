import { z } from "zod";
import { AccessRequest } from "./access-request.ts";
import { Receipt } from "./change.ts";
import { Evidence } from "./evidence.ts";
import { Finding } from "./finding.ts";
import { NetworkProposal, NotProposed } from "./network-proposal.ts";
import { Plan } from "./plan.ts";
import { Problem } from "./problem.ts";
import { Risk } from "./risk.ts";
import { VmId } from "./vm-id.ts";

const time = z.iso.datetime();

/** A run's id: a lower-case UUID. It names the Run Commands, the journal in the guest, and every line of the log. */
export const RunId = z.uuid();

export const intents = ["diagnose", "repair", "undo"] as const;

export const RunOptions = z.strictObject({
  /** Only these checks; all when absent. */
  checks: z.array(z.string()).optional(),
  /** Exactly these remediations, instead of the planner's choice. */
  remediations: z.array(z.string()).optional(),
  /** Plan the named remediations even if the evidence does not require them. */
  force: z.boolean().default(false),
  /** Plan, show, and stop. */
  dryRun: z.boolean().default(false),
  /** What may be done without asking anyone. */
  maximumRisk: Risk.default("interrupts-sessions"),
  /** Sources for the network check: addresses, CIDRs, `VirtualNetwork`, `Internet`. */
  sources: z.array(z.string()).default([]),
  /** The port to judge the network for, in a run that does not look inside the VM; 3389 when absent. */
  port: z.number().int().min(1).max(65_535).optional(),
  /** The earlier run that saw this port, where nobody gave it. */
  portSeenBy: RunId.optional(),
  /** Ask for just-in-time access where that is what denies the sources, and it is a repair. */
  requestAccess: z.boolean().optional(),
  /** What the client shows, e.g. 0x904 and 0x7 of mstsc: kept for people who read the run. */
  clientError: z
    .strictObject({ code: z.number().int().nonnegative(), extendedCode: z.number().int().nonnegative() })
    .optional(),
  /** For how many minutes a setting may be relaxed; a setting decides when absent. */
  weakenMinutes: z.number().int().min(1).optional(),
  /** For an undo: the run whose changes are taken back. */
  undoes: RunId.optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** What the settings said when the run was asked for: later changes of the settings do not apply to it. */
export const RunLimits = z.strictObject({
  /** More active sessions than this are not interrupted without a decision. */
  sessionsWithoutAsking: z.number().int().nonnegative().default(0),
  /** For how long a setting is relaxed when nobody says, and at most. */
  weakenMinutes: z.number().int().min(1).default(60),
  weakenMaximumMinutes: z.number().int().min(1).default(240),
  /** Which journals the guest keeps, so that an undo that could still be wanted finds its own. */
  keepJournals: z
    .strictObject({ days: z.number().int().min(1), count: z.number().int().min(1) })
    .default({ days: 90, count: 20 }),
  /** Whether the service makes a handshake of its own, from where it runs. */
  probes: z.boolean().default(false),
  /** Whether a fix of the network is handed to a pipeline. */
  handsOver: z.boolean().default(false),
});
export type RunLimits = z.infer<typeof RunLimits>;

export const runStates = [
  "queued",
  "preflight",
  "collecting",
  "planned",
  "awaiting-approval",
  "applying",
  "verifying",
  "weakened",
  "rolling-back",
  "ended",
] as const;

export const outcomes = [
  /** Everything that was checked is in order. */
  "healthy",
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

/** The one Run Command that a run has in flight. */
export const ScriptInFlight = z.strictObject({
  /** Its step in this run, e.g. `apply-1`; with the run id it makes the Run Command's name. */
  step: z.string(),
  script: z.enum(["collect", "apply", "undo"]),
  /** to-start: not yet asked for; running: asked for. */
  phase: z.enum(["to-start", "running"]),
  timeoutSeconds: z.number().int().positive(),
  startedAt: time.nullable(),
  /** The guest does nothing after this time. */
  notAfter: time,
  /** When we stop waiting: `notAfter` plus the script's own time-out. */
  deadline: time,
  nextPollAt: time.nullable(),
});
export type ScriptInFlight = z.infer<typeof ScriptInFlight>;

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
  /** The relaxed VM passed its proof; else it is restored for that reason. */
  proven: z.boolean(),
});
export type TemporaryWeakening = z.infer<typeof TemporaryWeakening>;

export const LogEntry = z.strictObject({ at: time, state: z.enum(runStates), message: z.string() });

/** What an alert may set off: nothing, a diagnosis, or a repair. Also the values of the VM tag `rdp-remediation`. */
export const AlertMode = z.enum(["off", "report", "repair"]);
export type AlertMode = z.infer<typeof AlertMode>;

/** Who asked, and how. */
export const Trigger = z.strictObject({
  kind: z.enum(["terminal", "http", "alert"]),
  by: z.string(),
  /** Who asked over HTTP, by the object id in Microsoft Entra ID: nobody approves what they asked for themselves. */
  objectId: z.string().optional(),
  /** The alert that asked, whose state is told to Azure Monitor at the end. */
  alert: z
    .strictObject({
      id: z.string(),
      /** Groups what fires for one reason. */
      cause: z.string(),
      /** What may be done with a VM whose tag `rdp-remediation` says nothing. */
      untagged: AlertMode,
    })
    .optional(),
});
export type Trigger = z.infer<typeof Trigger>;

/**
 * What one request started: one run or several. The first of its runs bears the operation's own id, so that creating
 * that run creates the operation, once. `request` is a digest of what was asked: an id stands for one request alone.
 */
export const Operation = z.strictObject({ id: RunId, request: z.string(), runs: z.array(RunId) });
export type Operation = z.infer<typeof Operation>;

/**
 * One VM, one intent, one id: everything that is known about a piece of work, and enough to go on with it after a kill.
 */
export const Run = z.strictObject({
  id: RunId,
  vm: VmId,
  intent: z.enum(intents),
  options: RunOptions,
  limits: RunLimits.prefault({}),
  trigger: Trigger,
  operation: Operation.nullable().default(null),
  state: z.enum(runStates),
  createdAt: time,
  updatedAt: time,
  /** Whether this run holds the VM. */
  claimed: z.boolean(),
  /** No effect is tried before this time: the wait of a retry. */
  notBefore: time.nullable(),
  /** Consecutive failures of the effect that is tried now. */
  attempts: z.number().int().nonnegative(),
  script: ScriptInFlight.nullable(),
  /** Steps whose Run Commands are over or given up, and still to be deleted. */
  spent: z.array(z.string()),
  /** How many scripts this run has put in flight: the number in their steps. */
  scriptsStarted: z.number().int().nonnegative(),
  /** How often the VM was found changed between diagnosis and apply. */
  replans: z.number().int().nonnegative(),
  /** The VM was restarted through ARM because a change shows only after that. */
  restarted: z.boolean(),
  before: Evidence.nullable(),
  findings: z.array(Finding),
  plan: Plan.nullable(),
  /** Rules that would let in the sources that the network denies, for its owner; and why there are none for others. */
  proposals: z.array(NetworkProposal).default([]),
  notProposed: z.array(NotProposed).default([]),
  /** The proposals are still to be handed to the pipeline when the run has ended; then its page is here. */
  fixDue: z.boolean().default(false),
  fixPage: z.string().nullable().default(null),
  access: AccessRequest.nullable().default(null),
  decision: z
    .strictObject({
      approved: z.boolean(),
      by: z.string(),
      at: time,
      reason: z.string().optional(),
      /** The plan that was decided on: no other is applied by this decision. */
      planHash: Plan.shape.hash.nullable().default(null),
    })
    .nullable(),
  /** Until when a decision is awaited. */
  decideBy: time.nullable(),
  /** The service's own handshakes, before the first change and after the last; `asked`: which one is next. */
  outside: z
    .strictObject({
      asked: z.enum(["before", "after"]).nullable(),
      before: OuterHandshake.nullable(),
      after: OuterHandshake.nullable(),
    })
    .default({ asked: null, before: null, after: null }),
  /** Set from the moment in which a setting may be relaxed. The run does not end before it is restored. */
  weakening: TemporaryWeakening.nullable().default(null),
  receipts: z.array(Receipt),
  after: Evidence.nullable(),
  findingsAfter: z.array(Finding),
  /** Values that an undo left alone because they were changed since. */
  conflicts: z.array(z.string()),
  outcome: Outcome.nullable(),
  /** The alert has been told the outcome, or there was none to tell. */
  alertReported: z.boolean(),
  log: z.array(LogEntry),
});
export type Run = z.infer<typeof Run>;
