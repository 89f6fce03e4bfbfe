import { z } from "zod";
import { Risk } from "../core/risk.ts";
import { intents, outcomes, RunId } from "../core/run.ts";
import { Lockout } from "../scan/lockout.ts";

/** What receivers are told about. */
export const eventNames = [
  "run.plan-waits",
  "run.ended",
  "run.lockouts-found",
  "operation.plan-waits",
  "operation.paused",
  "operation.breaker-opened",
  "operation.ended",
  "test",
] as const;
export const EventName = z.enum(eventNames);
export type EventName = z.infer<typeof EventName>;

/** Mildest first. */
export const severities = ["informational", "warning", "error", "critical"] as const;
export const Severity = z.enum(severities);
export type Severity = z.infer<typeof Severity>;

const time = z.iso.datetime();
const line = z.string().max(1000);

/** The most entries of a list in an event, so that an event stays small. */
export const mostEntries = 20;

/** The data of an event: plain text in every field, however strange the names in it are. */
export const NotificationData = z.strictObject({
  severity: Severity,
  /** What happened, and to which VM or operation: one line. */
  title: line,
  /** Why, or how it ended: one line. */
  summary: line,
  /** The VM; `null` for an operation over many VMs. */
  vm: z
    .strictObject({ id: z.string(), name: z.string(), resourceGroup: z.string(), subscriptionId: z.string() })
    .nullable(),
  run: z
    .strictObject({
      id: RunId,
      intent: z.enum(intents),
      /** `terminal`, `http`, `alert` or `schedule`. */
      trigger: z.string(),
      outcome: z.enum(outcomes).nullable(),
    })
    .nullable(),
  operation: z
    .strictObject({ id: RunId, intent: z.enum(["diagnose", "repair"]), selection: line, total: z.number().int() })
    .nullable(),
  /** The plan that waits for a decision. It names no hash: a decision is made on the page, about the plan that is shown there. */
  plan: z
    .strictObject({
      remediations: z.array(z.string()).max(mostEntries),
      risk: Risk,
      /** What it would cost: one sentence. */
      cost: line,
      /** Until when a decision is awaited. */
      decideBy: time.nullable(),
    })
    .nullable(),
  lockouts: z.array(Lockout).max(mostEntries),
  /** The page for people. They sign in there; nothing is decided by opening it. */
  link: z.url(),
});
export type NotificationData = z.infer<typeof NotificationData>;

/**
 * An event as receivers get it: CloudEvents 1.0, structured JSON. `id` is the same each time the event is sent, so that a receiver
 * notices a repetition; `sequence` orders the events of one `subject` (CloudEvents, extension "sequence").
 */
export const NotificationEvent = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time,
  datacontenttype: z.literal("application/json"),
  dataschema: z.string(),
  sequence: z.string(),
  data: NotificationData,
});
export type NotificationEvent = z.infer<typeof NotificationEvent>;

/** What precedes the name of an event in its type. The project owns no domain whose name it could give there. */
export const typePrefix = "rdp-remediation.";

/** Names this version of the data. */
export const dataSchema = "urn:rdp-remediation:notification-data:1";

/** An event of a run or operation, before it is known what it is an event of. */
export interface Happening {
  readonly name: EventName;
  readonly data: NotificationData;
}

/** @param sequence Its number among the events of the subject. */
export function toEvent(
  { name, data }: Happening,
  { source, subject, sequence, at }: { source: string; subject: string; sequence: number; at: string },
): NotificationEvent {
  return {
    specversion: "1.0",
    id: `${subject}-${sequence}`,
    source,
    type: typePrefix + name,
    subject,
    time: at,
    datacontenttype: "application/json",
    dataschema: dataSchema,
    sequence: String(sequence).padStart(10, "0"),
    data,
  };
}

export function nameOfEvent({ type }: NotificationEvent): EventName {
  return EventName.parse(type.slice(typePrefix.length));
}
