import { createHmac } from "node:crypto";
import type { JSONValue } from "@jmespath-community/jmespath";
import type { NotificationEvent } from "./event.ts";
import type { Secrets } from "./read-receivers.ts";
import type { Receiver } from "./receiver.ts";
import { fillTemplate, type Template } from "./template.ts";

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request of a webhook: the CloudEvent, or the body of its template; signed when the receiver has a secret. */
export function webhookRequest(
  { signing = [], headers, body: template }: Extract<Receiver, { kind: "webhook" }>,
  event: NotificationEvent,
  secrets: Secrets,
  now: Date,
): WebhookRequest {
  const content = template === undefined ? event : fillTemplate(template as Template, event as unknown as JSONValue);
  const body = JSON.stringify(content);
  const own = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    typeof value === "string" ? value : (secrets[value.secret] ?? ""),
  ]);
  const keys = signing.map(({ secret }) => secrets[secret] ?? "");
  const type =
    template === undefined ? "application/cloudevents+json; charset=utf-8" : "application/json; charset=utf-8";
  return {
    headers: {
      "content-type": type,
      ...Object.fromEntries(own),
      ...(keys.length > 0 && signatureHeaders(keys, event.id, now, body)),
    },
    body,
  };
}

/**
 * The headers of Standard Webhooks (github.com/standard-webhooks): an HMAC-SHA256 over id, time and body for each secret, so that
 * a receiver that knows one of two secrets accepts it. A secret is `whsec_` and base64.
 */
export function signatureHeaders(
  secrets: readonly string[],
  id: string,
  now: Date,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
