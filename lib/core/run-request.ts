import { z } from "zod";
import { Risk } from "./risk.ts";

/*
 * A request to the service: from whom, for which VM, and within which limits.
 */

/** A run's id: a lower-case UUID. The Run Commands, the guest's journal and every log line contain it. */
export const RunId = z.uuid();

export const intents = ["diagnose", "repair", "undo"] as const;

/** Longest text of a client's error that a run keeps. */
export const longestClientError = 300;

/** Both codes of mstsc, e.g. 0x904 and 0x7. */
export const ClientErrorCodes = z.strictObject({
  code: z.number().int().min(0).max(0xffffffff),
  extendedCode: z.number().int().min(0).max(0xffffffff),
});

/** What the client shows: both codes, or text in any form, without control characters. */
export const ClientError = z.union([
  ClientErrorCodes,
  z
    .string()
    .min(1)
    .max(longestClientError)
    .regex(/^[^\p{Cc}\p{Cf}]+$/u, "must not contain control characters"),
]);
export type ClientError = z.infer<typeof ClientError>;

export const RunOptions = z.strictObject({
  /** Only these checks; all when absent. */
  checks: z.array(z.string()).optional(),
  /** Exactly these remediations, instead of the planner's choice. */
  remediations: z.array(z.string()).optional(),
  /** Plan the named remediations even if the evidence does not require them. */
  force: z.boolean().default(false),
  /** Make a plan, show it, and stop. */
  dryRun: z.boolean().default(false),
  /** What may be done without an approval. */
  maximumRisk: Risk.default("interrupts-sessions"),
  /** Sources for the network check: addresses, CIDRs, `VirtualNetwork`, `Internet`. */
  sources: z.array(z.string()).default([]),
  /** The port for the network check, in a run that does not look inside the VM; 3389 when absent. */
  port: z.number().int().min(1).max(65_535).optional(),
  /** The earlier run that saw this port, when no port was given. */
  portSeenBy: RunId.optional(),
  /** Request just-in-time access when its absence denies the sources. Only for a repair. */
  requestAccess: z.boolean().optional(),
  /** The error that the client shows: a hint that orders findings and words the outcome, never evidence. */
  clientError: ClientError.optional(),
  /** For how many minutes a setting may be weakened; the service's default when absent. */
  weakenMinutes: z.number().int().min(1).optional(),
  /** For an undo: the run whose changes are rolled back. */
  undoes: RunId.optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** The settings when the run was requested: later changes of the settings do not apply to it. */
export const RunLimits = z.strictObject({
  /** More active sessions than this are not interrupted without a decision. */
  sessionsWithoutAsking: z.number().int().nonnegative().default(0),
  /** How long a setting stays weakened by default, and at most. */
  weakenMinutes: z.number().int().min(1).default(60),
  weakenMaximumMinutes: z.number().int().min(1).default(240),
  /** Which journals the guest keeps, so that a later undo finds its journal. */
  keepJournals: z
    .strictObject({ days: z.number().int().min(1), count: z.number().int().min(1) })
    .default({ days: 90, count: 20 }),
  /**
   * The most IPv4 addresses and IPv6 networks of 64 bits for which just-in-time access is requested, over all sources.
   */
  accessAddresses: z.number().int().min(1).default(256),
  /** Whether the service makes its own handshake, from where it runs. */
  probes: z.boolean().default(false),
  /** Whether a network fix is handed to a pipeline. */
  handsOver: z.boolean().default(false),
});
export type RunLimits = z.infer<typeof RunLimits>;

/** What an alert may start: nothing, a diagnosis, or a repair. Also the values of the VM tag `rdp-remediation`. */
export const AlertMode = z.enum(["off", "report", "repair"]);
export type AlertMode = z.infer<typeof AlertMode>;

export const triggerKinds = ["terminal", "http", "alert", "schedule"] as const;

/** Who made the request, and how. */
export const Trigger = z.strictObject({
  kind: z.enum(triggerKinds),
  by: z.string(),
  /** The requester over HTTP, by the object id in Microsoft Entra ID: nobody may approve their own request. */
  objectId: z.string().optional(),
  /** What the requester was, as far as access rules mention it: the rules are checked again before a script. */
  principals: z.array(z.string()).optional(),
  /** The alert that started the run; its state is reported to Azure Monitor at the end. */
  alert: z
    .strictObject({
      id: z.string(),
      /** Groups the alerts that fire for one reason. */
      cause: z.string(),
      /** What may be done with a VM that has no tag `rdp-remediation`. */
      untagged: AlertMode,
    })
    .optional(),
});
export type Trigger = z.infer<typeof Trigger>;

/**
 * The runs that one request started. The first run has the operation's own id, so creating that run creates the
 * operation, once. `request` is a digest of the request: an id stands for one request only.
 */
export const Operation = z.strictObject({ id: RunId, request: z.string(), runs: z.array(RunId) });
export type Operation = z.infer<typeof Operation>;
