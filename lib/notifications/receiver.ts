import { z } from "zod";
import { parseArmScope } from "../core/arm-scope.ts";
import { EventName, eventNames, Severity } from "./event.ts";
import { isTimeZone, weekDays } from "./quiet-hours.ts";
import { templateProblem } from "./template.ts";

/*
 * Receivers as data: where events go, and which of them. A secret is never a part of it; it is named, and its value is in the
 * setting RDP_REMEDIATION_NOTIFICATION_SECRETS.
 */

/** The most receivers: each adds a row to the transaction that saves a run, and a transaction has at most 100. */
export const mostReceivers = 10;

const secretName = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,79}$/, "must be the name of a secret: letters, digits, `.`, `_`, `-`");
const Secret = z.strictObject({ secret: secretName });

/**
 * Private addresses are accepted: receivers come from whoever deploys the service, and a ticket system of the own network is one of
 * them. The metadata service of Azure answers only http, and a redirect is not followed.
 */
const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https URL" }).refine((url) => {
  const { username, password } = new URL(url);
  return username === "" && password === "";
}, "must not contain a user name or a password: put them into a header, as a secret");

const Address = z.union([httpsUrl, Secret], { error: 'must be an https URL or {"secret": NAME}' });

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time as 22:00");

export const QuietHours = z.strictObject({
  timeZone: z
    .string()
    .refine(isTimeZone, "must be a time zone of the IANA, as Europe/Berlin")
    .describe("IANA time zone."),
  periods: z
    .array(
      z.strictObject({
        days: z
          .array(z.enum(weekDays))
          .min(1)
          .default([...weekDays])
          .describe("The days on which it begins."),
        from: clock,
        to: clock.describe("Before `from`, or the same: on the next day."),
      }),
    )
    .min(1)
    .max(20),
  mode: z
    .enum(["hold", "drop"])
    .default("hold")
    .describe("Whether an event waits for the end of the period, or is not sent."),
  urgent: z
    .array(EventName)
    .default(["run.plan-waits", "operation.plan-waits"])
    .describe("Events that are sent in quiet hours too."),
});
export type QuietHours = z.infer<typeof QuietHours>;

const rules = {
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and `-`, at most 40"),
  events: z
    .array(EventName)
    .min(1)
    .default([...eventNames])
    .describe("Only these events."),
  minimumSeverity: Severity.default("informational").describe("Only events of this severity or a higher one."),
  scopes: z
    .array(
      z
        .string()
        .refine(
          (text) => parseArmScope(text) !== null,
          "must be the resource id of a subscription, resource group, scale set or VM",
        ),
    )
    .min(1)
    .optional()
    .describe("Only events of VMs there; of an operation, when it works in a whole subscription of these."),
  vmPrefix: z.string().min(1).max(64).optional().describe("Only events of VMs whose names begin so."),
  quietHours: QuietHours.optional(),
};

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,60}$/, "must be the name of a header")
  .refine(
    (name) => !/^(host|content-length|content-type|transfer-encoding|connection|webhook-.*)$/i.test(name),
    "is set by the service",
  );

const headerText = z.string().regex(/^[\x20-\x7e]{1,1000}$/, "must be printable ASCII");

/** Any JSON whose texts may contain `{{JMESPath}}`. */
const Template = z.json().superRefine((template, context) => {
  const problem = templateProblem(template);
  if (problem) context.addIssue({ code: "custom", message: problem.message, path: [...problem.path] });
});

const Webhook = z.strictObject({
  ...rules,
  kind: z.literal("webhook"),
  url: Address,
  signing: z
    .array(Secret)
    .min(1)
    .max(2)
    .optional()
    .describe("Secrets of Standard Webhooks (`whsec_...`): two while one replaces the other. Absent: not signed."),
  headers: z.record(headerName, z.union([headerText, Secret])).default({}),
  body: Template.optional().describe(
    "The body instead of the CloudEvent: JSON whose texts may contain {{JMESPath}} over the event.",
  ),
});

const addresses = z.array(z.email()).min(1).max(50);

export const Receiver = z.discriminatedUnion("kind", [
  Webhook,
  z.strictObject({ ...rules, kind: z.literal("teams"), url: Address }),
  z.strictObject({ ...rules, kind: z.literal("slack"), url: Address }),
  z.strictObject({
    ...rules,
    kind: z.literal("email"),
    endpoint: httpsUrl
      .refine(
        (url) => /(\.communication\.azure\.(com|us)|^127\.0\.0\.1)$/.test(new URL(url).hostname),
        "must be https://NAME.communication.azure.com: the token of the service is sent there",
      )
      .describe("Of Azure Communication Services: https://NAME.communication.azure.com."),
    from: z.email().describe("A sender address of a verified domain."),
    to: addresses,
  }),
]);
export type Receiver = z.infer<typeof Receiver>;

/** The document in the setting RDP_REMEDIATION_NOTIFICATIONS. */
export const Receivers = z
  .strictObject({ receivers: z.array(Receiver).max(mostReceivers) })
  .refine(({ receivers }) => new Set(receivers.map(({ name }) => name)).size === receivers.length, {
    message: "two receivers have the same name",
    path: ["receivers"],
  });

/** The secrets that a receiver names. */
export function secretsOf(receiver: Receiver): string[] {
  const named = (value: unknown) => {
    const parsed = Secret.safeParse(value);
    return parsed.success ? [parsed.data.secret] : [];
  };
  if (receiver.kind === "email") return [];
  if (receiver.kind !== "webhook") return named(receiver.url);
  return [receiver.url, ...(receiver.signing ?? []), ...Object.values(receiver.headers)].flatMap(named);
}
