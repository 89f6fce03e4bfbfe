import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { attemptMs, mostPending, newsMs, patienceMs } from "../../lib/notifications/dispatcher.ts";
import { eventNames, NotificationEvent } from "../../lib/notifications/event.ts";
import { mostReceivers, type Receiver } from "../../lib/notifications/receiver.ts";
import { signatureHeaders, webhookRequest } from "../../lib/notifications/webhook.ts";
import { receivers, sampleEvent } from "./samples.ts";

/*
 * docs/notifications.md: its examples are read as the service reads them, and make what other systems take.
 */

const page = readFileSync("docs/notifications.md", "utf8");
const [example, event, serviceNow, jira] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = ""]) =>
  JSON.parse(text),
);

function webhookOf(document: object): Extract<Receiver, { kind: "webhook" }> {
  const [receiver] = receivers(document);
  if (receiver?.kind !== "webhook") throw new Error("It is no webhook.");
  return receiver;
}

/** An event whose texts mean something to JSON, HTML and wikis. */
const hostile = sampleEvent({
  title: `A plan waits: "vm" {{data.link}} <script> h1. *x* ${"long ".repeat(100)}`,
  summary: '{"type":"doc"} [~admin] {{ secrets }} \\" \\n',
});

describe("the page of notifications", () => {
  test("its receivers and its event are valid, and it names every event", () => {
    expect(receivers(...example.receivers).map(({ kind }) => kind)).toEqual(["teams", "slack", "email", "webhook"]);
    expect(NotificationEvent.parse(event)).toEqual(event);
    for (const name of eventNames) if (name !== "test") expect(page).toContain(`| \`${name}\` |`);
  });

  test("its limits are those of the service", () => {
    expect(mostReceivers).toBe(10);
    expect(page).toContain("At most ten");
    expect(page).toContain(`within ten seconds`);
    expect(attemptMs).toBe(10_000);
    expect(page).toContain(`After ${patienceMs / 3_600_000} hours an event is lost`);
    expect(page).toContain(`what happened ${newsMs / 86_400_000} days ago`);
    expect(page.replace(/\s+/g, " ")).toContain(`the oldest of more than ${mostPending} that wait`);
  });

  test("its test vector is right", () => {
    const cells = Object.fromEntries(
      [...page.matchAll(/^\| `?([\w-]+)`? \| `(.+)` \|$/gm)].map(([, name, value]) => [name, value]),
    );
    const { secret = "", body = "" } = cells;
    const made = signatureHeaders(
      [secret],
      cells["webhook-id"] ?? "",
      new Date(Number(cells["webhook-timestamp"]) * 1000),
      body,
    );
    expect(made["webhook-signature"]).toBe(cells["webhook-signature"]);
    const independent = new Webhook(secret).sign("msg-1", new Date(1_763_712_000_000), body);
    expect(cells["webhook-signature"]).toBe(independent);
  });
});

describe("a ticket system", () => {
  /** Table API, POST /now/table/incident (servicenow.com/docs): fields of the table, all of them texts; 160 characters of short description. */
  const Incident = z.strictObject({
    short_description: z.string().min(1).max(160),
    description: z.string().max(4000),
    urgency: z.enum(["1", "2", "3"]),
    impact: z.enum(["1", "2", "3"]),
    category: z.string(),
    correlation_id: z.string().min(1).max(100),
    correlation_display: z.string().max(100),
  });

  const Mark = z.strictObject({ type: z.literal("link"), attrs: z.strictObject({ href: z.url() }) });
  const Text = z.strictObject({ type: z.literal("text"), text: z.string().min(1), marks: z.array(Mark).optional() });
  /** REST API v3, POST /rest/api/3/issue, with an Atlassian document (developer.atlassian.com): 255 characters of summary, labels without spaces. */
  const Issue = z.strictObject({
    fields: z.strictObject({
      project: z.strictObject({ key: z.string() }),
      issuetype: z.strictObject({ name: z.string() }),
      summary: z.string().min(1).max(255),
      labels: z.array(z.string().regex(/^\S+$/)),
      description: z.strictObject({
        type: z.literal("doc"),
        version: z.literal(1),
        content: z.array(z.strictObject({ type: z.literal("paragraph"), content: z.array(Text).min(1) })),
      }),
    }),
  });

  const operation = sampleEvent({ vm: null, plan: null, severity: "critical" }, "operation.breaker-opened");

  test.each([
    ["ServiceNow", serviceNow, Incident],
    ["Jira", jira, Issue],
  ])("%s gets a ticket of its own shape, whatever stands in the event", (_, document, schema) => {
    for (const given of [sampleEvent(), hostile, operation]) {
      const { headers, body } = webhookRequest(
        webhookOf(document),
        given,
        { servicenow: "Basic eA==", jira: "Basic eA==" },
        new Date(),
      );
      expect(headers).toMatchObject({ authorization: "Basic eA==", "content-type": "application/json; charset=utf-8" });
      const ticket = schema.parse(JSON.parse(body));
      expect(JSON.stringify(ticket)).toContain(given.data.link);
      // A value is never read as a template.
      if (given === hostile) expect(JSON.stringify(ticket)).toContain("{{data.link}}");
    }
  });

  test("ServiceNow's urgency follows the severity", () => {
    const urgencyOf = (severity: "warning" | "error" | "critical") =>
      JSON.parse(webhookRequest(webhookOf(serviceNow), sampleEvent({ severity }), {}, new Date()).body).urgency;
    expect(["critical", "error", "warning"].map((one) => urgencyOf(one as "error"))).toEqual(["1", "1", "2"]);
  });
});
