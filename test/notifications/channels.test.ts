import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emailOf } from "../../lib/notifications/email.ts";
import { type NotificationData, NotificationEvent } from "../../lib/notifications/event.ts";
import { text as plain } from "../../lib/notifications/run-happenings.ts";
import { slackMessage } from "../../lib/notifications/slack.ts";
import { teamsMessage } from "../../lib/notifications/teams.ts";
import { webhookRequest } from "../../lib/notifications/webhook.ts";
import { aReceiver, sampleData, sampleEvent } from "./samples.ts";

// Its modules name each other without an ending, so Node.js reads only its bundle.
const { AdaptiveCard, SerializationContext, Versions }: typeof import("adaptivecards") = createRequire(import.meta.url)(
  "adaptivecards/dist/adaptivecards.js",
);

/*
 * Text of guests, people and Azure is text in every channel, whatever stands in it: no link, no mention, no picture, no button and
 * no heading comes from it.
 */

/** What means something to Markdown, mrkdwn, HTML, cards or JSON. */
const markup = fc.constantFrom(
  "<!channel>",
  "<@U123>",
  "<https://evil.example|Approve>",
  "&lt;!here&gt;",
  "*bold* _it_ ~no~ `code`",
  "[Approve](https://evil.example)",
  "![x](https://evil.example/x.png)",
  "<at>Everyone</at>",
  "{{DATE(2020-01-01T00:00:00Z,SHORT)}}",
  "{{{DATE(2020-01-01T00:00:00Z,SHORT)}}}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is one of a template of cards.
  "${adaptive.expression}",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "&amp;&#60;script&#62;",
  "\\u003cscript\\u003e",
  '"}],"actions":[{"type":"Action.Submit"}],"x":[{"y":"',
  ":rotating_light:",
  "# Heading",
  "1. one",
  "'; --",
);
const hostile = fc
  .array(fc.oneof(markup, fc.string({ unit: "grapheme", maxLength: 30 })), { minLength: 1, maxLength: 60 })
  .map((parts) => plain(parts.join(" ")) || "x");

const data: fc.Arbitrary<NotificationData> = fc
  .record({
    title: hostile,
    summary: hostile,
    name: hostile,
    group: hostile,
    cure: hostile,
    selection: hostile,
    plan: hostile,
    many: fc.boolean(),
  })
  .map(({ title, summary, name, group, cure, selection, plan, many }) => ({
    ...sampleData,
    title,
    summary,
    vm: sampleData.vm && { ...sampleData.vm, name, resourceGroup: group },
    operation: { id: "00000000-0000-4000-8000-000000000001", intent: "repair" as const, selection, total: 3 },
    plan: sampleData.plan && { ...sampleData.plan, remediations: Array.from({ length: many ? 20 : 1 }, () => plan) },
    lockouts: Array.from({ length: many ? 20 : 1 }, () => ({
      kind: "agent-too-old" as const,
      when: { on: "restart" as const },
      because: cure,
      cure,
    })),
  }));

/** Every text in a value, with the names that lead to it. */
function textsOf(value: unknown, path: readonly string[] = []): { path: readonly string[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, [...path, name]));
}

describe("a message for Teams", () => {
  test("is a card that the library of Adaptive Cards reads without a complaint", () => {
    fc.assert(
      fc.property(data, (given) => {
        const message = teamsMessage(given);
        expect(message.type).toBe("message");
        const [{ contentType, content }] = message.attachments as [(typeof message.attachments)[number]];
        expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
        const context = new SerializationContext(Versions.v1_5);
        const card = new AdaptiveCard();
        card.parse(JSON.parse(JSON.stringify(content)), context);
        expect(Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message)).toEqual([]);
        expect(card.getItemCount()).toBe(content.body.length);
      }),
    );
  });

  test("has text of others in text runs alone, at most 28 KB, and one action, which opens the link", () => {
    fc.assert(
      fc.property(data, (given) => {
        const message = teamsMessage(given);
        expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(28 * 1024);
        const content = message.attachments[0]?.content;
        expect(content?.actions).toEqual([
          { type: "Action.OpenUrl", title: "Open the run and decide there", url: sampleData.link },
        ]);
        for (const block of content?.body ?? []) {
          expect(block.type).toBe("RichTextBlock");
          for (const run of block.inlines) {
            expect(run.type).toBe("TextRun");
            expect(run.text).not.toMatch(/\{\{|\$\{/);
          }
        }
        expect(textsOf(content).filter(({ path }) => path.at(-1) === "url")).toHaveLength(1);
      }),
    );
  });
});

describe("a message for Slack", () => {
  test("has text of others in plain_text alone, escaped, within Slack's limits, and one link", () => {
    fc.assert(
      fc.property(data, (given) => {
        const { text, blocks } = slackMessage(given);
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(text.length).toBeLessThanOrEqual(3000);
        expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
        const objects = JSON.stringify(blocks).match(/\{"type":"(plain_text|mrkdwn)"/g) ?? [];
        expect(objects.filter((one) => one.includes("mrkdwn"))).toHaveLength(1);
        for (const block of blocks) {
          const texts =
            "fields" in block ? (block.fields ?? []) : "elements" in block ? (block.elements ?? []) : [block.text];
          if (block.type === "header") expect(block.text?.text.length).toBeLessThanOrEqual(150);
          expect(texts.length).toBeLessThanOrEqual(10);
          for (const one of texts) {
            if (!one) throw new Error("A block has no text.");
            expect(one.text.length).toBeGreaterThan(0);
            expect(one.text.length).toBeLessThanOrEqual("fields" in block ? 2000 : 3000);
            if (one.type === "plain_text") expect(one.text).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
            else expect(one.text).toBe(`<${sampleData.link}|Open the run and decide there>`);
          }
        }
      }),
    );
  });
});

describe("a mail", () => {
  test("has no element from text of others, one link, and the same text as its plain form", () => {
    const template = emailOf(sampleEvent({ ...sampleData })).html;
    const elements = (html: string) => new Set(html.match(/<\/?[a-z!][a-z0-9]*/gi));
    fc.assert(
      fc.property(data, (given) => {
        const { subject, html, plainText } = emailOf(sampleEvent(given));
        expect(subject).not.toMatch(/[\r\n]/);
        expect(elements(html)).toEqual(elements(template));
        const tags = html.match(/<[^>]*>/g)?.join("");
        expect(tags?.match(/ (href|src|on\w+)=/g)).toEqual([" href="]);
        expect(html).toContain(`href="${sampleData.link}"`);
        expect(plainText.split("\r\n")[0]).toBe(given.title);
      }),
    );
  });
});

describe("a webhook", () => {
  test("gets every text as it is", () => {
    const receiver = aReceiver();
    if (receiver.kind !== "webhook") throw new Error("It is no webhook.");
    fc.assert(
      fc.property(data, (given) => {
        const event = sampleEvent(given);
        const { body } = webhookRequest(receiver, event, {}, new Date());
        expect(NotificationEvent.parse(JSON.parse(body))).toEqual(event);
      }),
    );
  });
});

test.each(["teams", "slack", "email"])("a message for %s says where decisions are made, and offers none", (kind) => {
  const event = sampleEvent();
  const text =
    kind === "email"
      ? emailOf(event).plainText
      : JSON.stringify(kind === "teams" ? teamsMessage(event.data) : slackMessage(event.data));
  expect(text).toContain(
    "Decisions are made only on the page of the service, https://rdp.contoso.example, after you have signed in.",
  );
  expect(text).not.toMatch(/Action\.(Submit|Http|Execute)|"button"|approve=|token=/);
});
