import type { NotificationData } from "./event.ts";
import { type Message, messageOf } from "./message.ts";

/**
 * A message for the webhook of a workflow in Teams, with an Adaptive Card 1.5. Text of others stands in text runs alone, because
 * these know no Markdown (adaptivecards.io, TextRun); a text block would obey it.
 */
export function teamsMessage(data: NotificationData) {
  return {
    type: "message",
    attachments: [
      { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: cardOf(messageOf(data)) },
    ],
  };
}

function cardOf({ title, summary, facts, link, linkText, footer }: Message) {
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.5",
    // What a client shows that shows no cards; it is no Markdown.
    fallbackText: textOf(`${title}: ${summary}`),
    body: [
      paragraph([{ text: title, weight: "Bolder", size: "Medium" }]),
      paragraph([{ text: summary }]),
      ...facts.map(({ label, value }) =>
        paragraph([{ text: `${label}: `, weight: "Bolder" }, { text: value }], "Small"),
      ),
      paragraph([{ text: footer, size: "Small", isSubtle: true }]),
    ],
    actions: [{ type: "Action.OpenUrl", title: linkText, url: link }],
    msteams: { width: "Full" },
  };
}

interface Part {
  readonly text: string;
  readonly weight?: string;
  readonly size?: string;
  readonly isSubtle?: boolean;
}

function paragraph(parts: readonly Part[], spacing = "Default") {
  return {
    type: "RichTextBlock",
    spacing,
    inlines: parts.map((part) => ({ type: "TextRun", ...part, text: textOf(part.text) })),
  };
}

/** Cards replace `{{DATE(...)}}` and `{{TIME(...)}}` in every text, and templates `${...}`. */
function textOf(text: string): string {
  // A brace that is followed by one: of three, replacing pairs would leave a pair.
  return text.replace(/\{(?=\{)/g, "{ ").replaceAll("${", "$ {");
}
