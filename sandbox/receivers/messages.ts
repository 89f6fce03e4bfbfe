import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** What a receiver looks at. */
interface Sent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly parsed: unknown;
  readonly secret: string;
  readonly now: Date;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Standard Webhooks: older or newer than this is a replay. */
const toleranceSeconds = 5 * 60;

const CloudEvent = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
});

/** A signature by Standard Webhooks, and a CloudEvent in structured mode. */
export function checkWebhook({ headers, body, parsed, secret, now }: Sent): Refusal | null {
  const { "webhook-id": id = "", "webhook-timestamp": timestamp = "", "webhook-signature": signatures = "" } = headers;
  if (!id || !/^\d+$/.test(timestamp)) return { status: 401, message: "It is not signed." };
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) {
    return { status: 401, message: "Its time is too far away." };
  }
  const hmac = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"));
  const expected = Buffer.from(`v1,${hmac.update(`${id}.${timestamp}.${body}`).digest("base64")}`);
  const isKnown = signatures.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isKnown) return { status: 401, message: "Its signature is wrong." };
  if (!headers["content-type"]?.startsWith("application/cloudevents+json")) {
    return { status: 415, message: "It is no CloudEvent in structured mode." };
  }
  const event = CloudEvent.safeParse(parsed);
  return event.success ? null : { status: 400, message: z.prettifyError(event.error) };
}

/** The shape that a workflow of Teams reads, and the size that Teams takes (learn.microsoft.com, incoming webhooks: 28 KB). */
const TeamsMessage = z.looseObject({
  type: z.literal("message"),
  attachments: z
    .array(
      z.looseObject({
        contentType: z.literal("application/vnd.microsoft.card.adaptive"),
        content: z.looseObject({
          type: z.literal("AdaptiveCard"),
          version: z.enum(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]),
          body: z.array(z.looseObject({ type: z.string() })).min(1),
        }),
      }),
    )
    .min(1),
});

export function checkTeams({ body, parsed }: Sent): Refusal | null {
  if (Buffer.byteLength(body) > 28 * 1024) return { status: 413, message: "It is larger than 28 KB." };
  const message = TeamsMessage.safeParse(parsed);
  return message.success ? null : { status: 400, message: z.prettifyError(message.error) };
}

/** The limits of Slack's blocks (docs.slack.dev, Block Kit). */
const plainText = (most: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(most), emoji: z.boolean().optional() });
const anyText = (most: number) =>
  z.union([plainText(most), z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(most) })]);
const Block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), text: plainText(150) }),
  z.strictObject({
    type: z.literal("section"),
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
  }),
  z.strictObject({ type: z.literal("context"), elements: z.array(anyText(3000)).min(1).max(10) }),
]);
const SlackMessage = z.strictObject({
  text: z.string().max(40_000),
  blocks: z.array(Block).max(50).optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
});

export function checkSlack({ parsed }: Sent): Refusal | null {
  const message = SlackMessage.safeParse(parsed);
  return message.success ? null : { status: 400, message: `invalid_blocks: ${z.prettifyError(message.error)}` };
}
