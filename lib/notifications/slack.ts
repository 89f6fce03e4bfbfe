import type { NotificationData } from "./event.ts";
import { type Message, messageOf } from "./message.ts";

/** Slack's limits: a header, a text, a field of a section; ten fields. */
const most = { header: 150, text: 3000, field: 2000, fields: 10 } as const;

/**
 * A message for an incoming webhook of Slack. Text of others stands in `plain_text`, which knows no markup; the only `mrkdwn` is
 * the link. The text beside the blocks is what a notification shows.
 */
export function slackMessage(data: NotificationData) {
  const message = messageOf(data);
  return {
    text: cut(escaped(`${message.title}: ${message.summary}`), most.text),
    unfurl_links: false,
    unfurl_media: false,
    blocks: blocksOf(message),
  };
}

function blocksOf({ title, summary, facts, link, linkText, footer }: Message) {
  return [
    { type: "header", text: plain(title, most.header) },
    { type: "section", text: plain(summary, most.text) },
    {
      type: "section",
      fields: facts.slice(0, most.fields).map(({ label, value }) => plain(`${label}: ${value}`, most.field)),
    },
    { type: "section", text: { type: "mrkdwn", text: `<${escaped(link)}|${linkText}>` } },
    { type: "context", elements: [plain(footer, most.text)] },
  ];
}

function plain(text: string, maximum: number) {
  return { type: "plain_text", text: cut(escaped(text), maximum), emoji: false };
}

/** The three characters that Slack reads as markup in every text (docs.slack.dev, formatting message text). */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Cuts at the end, and neither within an entity nor within a surrogate pair. */
function cut(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  return `${text.slice(0, maximum - 1).replace(/&[a-z]{0,3}$|[\ud800-\udbff]$/, "")}…`;
}
