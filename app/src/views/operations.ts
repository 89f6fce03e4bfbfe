import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Operation, Problem } from "../api.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { poll, type Seen } from "../poll.ts";
import { linkToOperation } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, selectionText, triggerText, type Word } from "../words.ts";

/** Operations over many VMs, newest first. */
export function openOperations(context: Context): View {
  let operations: readonly Operation[] | null = null;
  let problem: Problem | null = null;
  let text = "";

  async function ask(): Promise<Seen> {
    const answer = await context.api.ask((api) => api.GET("/api/operations", { params: { query: { $top: 50 } } }));
    const isRefused = !answer.ok && answer.problem.kind === "refused";
    context.connection(answer.ok || isRefused ? null : answer.problem);
    problem = answer.ok || (operations && !isRefused) ? null : answer.problem;
    if (!answer.ok) {
      context.redraw();
      return "failed";
    }
    const now = JSON.stringify(answer.value.value);
    if (now === text) return "same";
    text = now;
    operations = answer.value.value;
    context.redraw();
    return "changed";
  }

  const polling = poll(ask);
  return {
    title: () => "Operations",
    template: () => html`
      <h1 tabindex="-1">Operations</h1>
      ${problemPart(problem, () => polling.now())}
      ${operations === null ? (problem ? nothing : loading()) : list(operations, context)}`,
    close: () => polling.stop(),
  };
}

function list(operations: readonly Operation[], context: Context): TemplateResult {
  if (operations.length === 0) {
    return html`<p class="empty">No operation over many VMs yet. <a href="#/start">Start one</a></p>`;
  }
  return html`<ul class="rows">${repeat(
    operations,
    ({ id }) => id,
    (one) => html`<li><a class="row" href=${linkToOperation(one.id)}>
      <span class="what"><b>${selectionText(one.selection)}</b></span>
      <span>${badge(operationWord(one))}</span>
      <span class="why">${plain(one.mode)}: ${one.progress.done} of ${one.progress.total} VMs${resultsText(one)}</span>
      <span class="quiet by">by ${triggerText(one.requestedBy)}</span>
      <span class="quiet when">${age(one.createdDateTime, context.now())}</span>
    </a></li>`,
  )}</ul>`;
}

/** Where an operation stands. */
export function operationWord({ state, outcome, progress }: Operation): Word {
  if (outcome) {
    switch (outcome.kind) {
      case "completed":
        return { text: "completed", colour: "good" };
      case "cancelled":
        return { text: "cancelled", colour: "quiet" };
      case "circuit-open":
        return { text: "circuit breaker open", colour: "bad" };
    }
  }
  if (state === "paused") return { text: "paused", colour: "doubt" };
  if (state === "stopping") return { text: "stopping", colour: "doubt" };
  return progress.atWork === 0 && progress.waiting > 0
    ? { text: "waits", colour: "doubt" }
    : { text: "at work", colour: "work" };
}

function resultsText({ results }: Operation): string {
  const parts = Object.entries(results).map(([kind, count]) => `${count} ${plain(kind)}`);
  return parts.length > 0 ? ` – ${parts.join(", ")}` : "";
}
