import { html } from "../core/html.ts";
import type { NotificationEvent } from "./event.ts";
import { type Message, messageOf } from "./message.ts";

/** A mail: `html` has the same text as `plainText`. */
export interface Email {
  readonly subject: string;
  readonly plainText: string;
  readonly html: string;
}

export function emailOf({ data }: NotificationEvent): Email {
  const message = messageOf(data);
  // One line already: the texts of an event have neither line breaks nor control characters.
  return { subject: message.title.slice(0, 200), plainText: textOf(message), html: htmlOf(message) };
}

function textOf({ title, summary, facts, link, linkText, footer }: Message): string {
  return [
    title,
    "",
    summary,
    "",
    ...facts.map(({ label, value }) => `${label}: ${value}`),
    "",
    `${linkText}: ${link}`,
    "",
    footer,
    "",
  ].join("\r\n");
}

function htmlOf({ title, summary, facts, link, linkText, footer }: Message): string {
  const rows = facts.map(
    ({ label, value }) => `<tr><th align="left" valign="top">${html(label)}</th><td>${html(value)}</td></tr>`,
  );
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title></head><body>`,
    `<h1 style="font-size:1.2em">${html(title)}</h1>`,
    `<p>${html(summary)}</p>`,
    `<table cellpadding="4">${rows.join("")}</table>`,
    `<p><a href="${html(link)}">${html(linkText)}</a></p>`,
    `<p style="font-size:0.9em">${html(footer)}</p>`,
    "</body></html>",
  ].join("\n");
}
