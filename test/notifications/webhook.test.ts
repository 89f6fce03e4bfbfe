import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import type { Receiver } from "../../lib/notifications/receiver.ts";
import { signatureHeaders, webhookRequest } from "../../lib/notifications/webhook.ts";
import { aReceiver, sampleEvent, signingSecret } from "./samples.ts";

const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const now = () => new Date();

function webhook(more: object = {}): Extract<Receiver, { kind: "webhook" }> {
  const receiver = aReceiver(more);
  if (receiver.kind !== "webhook") throw new Error("It is no webhook.");
  return receiver;
}

describe("the request of a webhook", () => {
  test("is a CloudEvent in structured mode, as its own SDK reads it", () => {
    const { headers, body } = webhookRequest(webhook(), sampleEvent(), {}, now());
    const read = HTTP.toEvent({ headers: { ...headers }, body });
    if (!(read instanceof CloudEvent)) throw new Error("It is not one event.");
    expect(read.validate()).toBe(true);
    expect(read).toMatchObject({
      specversion: "1.0",
      id: "00000000-0000-4000-8000-000000000001-300",
      type: "rdp-remediation.run.plan-waits",
      source: "https://rdp.contoso.example",
      subject: "00000000-0000-4000-8000-000000000001",
      time: "2026-11-21T08:00:00.000Z",
      sequence: "0000000300",
    });
    expect(read.data).toEqual(sampleEvent().data);
  });

  test("is not signed without a secret", () => {
    const { headers } = webhookRequest(webhook(), sampleEvent(), {}, now());
    expect(Object.keys(headers)).toEqual(["content-type"]);
  });

  test("has headers from secrets beside plain ones", () => {
    const receiver = webhook({ headers: { Authorization: { secret: "basic" }, "X-Team": "desk" } });
    const { headers } = webhookRequest(receiver, sampleEvent(), { basic: "Basic ZGVzazpzZWNyZXQ=" }, now());
    expect(headers).toMatchObject({ authorization: "Basic ZGVzazpzZWNyZXQ=", "x-team": "desk" });
  });
});

describe("its signature", () => {
  const receiver = webhook({ signing: [{ secret: "new" }, { secret: "old" }] });
  const secrets = { new: signingSecret, old: other };

  test("is the one of `openssl dgst -sha256 -mac HMAC` over id, time and body, as the documents show it", () => {
    expect(signatureHeaders([signingSecret], "msg-1", new Date(1_763_712_000_999), '{"hello":"world"}')).toEqual({
      "webhook-id": "msg-1",
      "webhook-timestamp": "1763712000",
      "webhook-signature": "v1,nQB3qtYGYAqbO7UDquIoL5TeqZOa1gkPPLxzSDml83Q=",
    });
  });

  test.each([signingSecret, other])(
    "is accepted by the reference implementation with either of two secrets",
    (secret) => {
      const { headers, body } = webhookRequest(receiver, sampleEvent(), secrets, now());
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
    },
  );

  test("is refused there for another body, another id, another secret, and a replay after five minutes", () => {
    const { headers, body } = webhookRequest(receiver, sampleEvent(), secrets, now());
    const verify = (text: string, more: Record<string, string> = {}, secret = signingSecret) =>
      new Webhook(secret).verify(text, { ...headers, ...more });
    expect(() => verify(body.replace("vm-app-01", "vm-app-02"))).toThrow();
    expect(() => verify(body, { "webhook-id": "another" })).toThrow();
    expect(() => verify(body, {}, `whsec_${Buffer.alloc(32, 9).toString("base64")}`)).toThrow();
    const early = webhookRequest(receiver, sampleEvent(), secrets, new Date(Date.now() - 6 * 60_000));
    expect(() => new Webhook(signingSecret).verify(early.body, { ...early.headers })).toThrow(/too old/);
  });
});
