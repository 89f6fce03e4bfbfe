import { z } from "zod";
import { Risk } from "./risk.ts";

/*
 * What is asked of the service: by whom, for which VM, and within which limits.
 */

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
  /** For how many minutes a setting may be weakened; the service's default when absent. */
  weakenMinutes: z.number().int().min(1).optional(),
  /** For an undo: the run whose changes are taken back. */
  undoes: RunId.optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** What the settings said when the run was asked for: later changes of the settings do not apply to it. */
export const RunLimits = z.strictObject({
  /** More active sessions than this are not interrupted without a decision. */
  sessionsWithoutAsking: z.number().int().nonnegative().default(0),
  /** How long a setting stays weakened by default, and at most. */
  weakenMinutes: z.number().int().min(1).default(60),
  weakenMaximumMinutes: z.number().int().min(1).default(240),
  /** Which journals the guest keeps, so that an undo that could still be wanted finds its own. */
  keepJournals: z
    .strictObject({ days: z.number().int().min(1), count: z.number().int().min(1) })
    .default({ days: 90, count: 20 }),
  /** How many IPv4 addresses and IPv6 networks of 64 bits just-in-time access is requested for at most, over all sources. */
  accessAddresses: z.number().int().min(1).default(256),
  /** Whether the service makes a handshake of its own, from where it runs. */
  probes: z.boolean().default(false),
  /** Whether a fix of the network is handed to a pipeline. */
  handsOver: z.boolean().default(false),
});
export type RunLimits = z.infer<typeof RunLimits>;

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
