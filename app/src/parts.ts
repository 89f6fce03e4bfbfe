import { html, nothing, type TemplateResult } from "lit-html";
import type { Problem } from "./api.ts";
import { ageText, type Word } from "./words.ts";

/* Small parts that several views show. Data enters a template only as text or as an attribute: lit-html escapes both. */

export function badge({ text, colour }: Word): TemplateResult {
  return html`<span class="badge ${colour}">${text}</span>`;
}

/** How long ago, with the whole time for who points at it. */
export function age(time: string, now: number): TemplateResult {
  const text = ageText(time, now);
  return html`<time datetime=${time} title=${new Date(time).toLocaleString()}>${text === "now" ? "just now" : `${text} ago`}</time>`;
}

/** What went wrong, and what to do. */
export function problemPart(problem: Problem | null, retry?: () => void): TemplateResult | typeof nothing {
  if (!problem) return nothing;
  return html`<div class="notice bad" role="alert">
    <p>${problem.message}</p>
    ${retry ? html`<button type="button" @click=${retry}>Try again</button>` : nothing}
  </div>`;
}

export function loading(): TemplateResult {
  return html`<p class="quiet" role="status">Loading …</p>`;
}
