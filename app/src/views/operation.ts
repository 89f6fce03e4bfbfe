import { html, nothing, type TemplateResult } from "lit-html";
import type { Operation, Problem, ResultRow, RunSummary } from "../api.ts";
import { badge, loading, problemPart } from "../parts.ts";
import { poll, type Seen } from "../poll.ts";
import { linkTo, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, readable, selectionText, stateOf, timeText, triggerText, vmName } from "../words.ts";
import { operationActions, plansPart } from "./operation-actions.ts";
import { operationWord } from "./operations.ts";
import { sectionOf } from "./run-findings.ts";

const mostRows = 500;

/** One operation: how far it is, what became of each VM, what waits, and the brake. */
export function openOperation(context: Context, id: string): View {
  let operation: Operation | null = null;
  /** The runs of a request that named some VMs: it is no operation with waves. */
  let runs: readonly RunSummary[] | null = null;
  let rows: readonly ResultRow[] = [];
  let problem: Problem | null = null;
  let text = "";

  async function ask(): Promise<Seen> {
    const params = { path: { id } };
    const answer = await context.api.ask((api) => api.GET("/api/operations/{id}", { params }));
    if (!answer.ok) return fail(answer.problem);
    const now = JSON.stringify(answer.value);
    if ("runs" in answer.value) {
      runs = answer.value.runs;
      return settle(
        now,
        runs.every(({ state }) => state === "ended"),
      );
    }
    const was = operation;
    operation = answer.value;
    if (now !== text) {
      const query = { $top: mostRows };
      const results = await context.api.ask((api) =>
        api.GET("/api/operations/{id}/results", { params: { path: { id }, query } }),
      );
      if (!results.ok) return fail(results.problem);
      rows = results.value.value;
      if (was && was.state !== operation.state) context.announce(operationWord(operation).text);
    }
    return settle(now, operation.state === "ended");
  }

  function fail(why: Problem): Seen {
    const isFinal = why.kind === "refused";
    context.connection(isFinal ? null : why);
    problem = isFinal || text === "" ? why : null;
    context.redraw();
    return isFinal ? "done" : "failed";
  }

  function settle(now: string, isEnded: boolean): Seen {
    context.connection(null);
    problem = null;
    const isNew = now !== text;
    text = now;
    if (isNew) context.redraw();
    return isEnded ? "done" : isNew ? "changed" : "same";
  }

  const polling = poll(ask);
  return {
    title: () => (operation ? `${operationWord(operation).text}: ${selectionText(operation.selection)}` : "Operation"),
    template: () => html`
      <p class="trail"><a href="#/operations">Operations</a></p>
      <h1 tabindex="-1">${operation ? html`${selectionText(operation.selection)} ${badge(operationWord(operation))}` : "Operation"}</h1>
      ${problemPart(problem, () => polling.now())}
      ${operation ? whole(operation, rows, context, () => polling.now()) : runs ? runList(runs) : problem ? nothing : loading()}`,
    close: () => polling.stop(),
  };
}

function whole(operation: Operation, rows: readonly ResultRow[], context: Context, done: () => void): TemplateResult {
  const { outcome, id } = operation;
  const now = context.now();
  return html`
    <p class="facts">
      <span>${plain(operation.mode)}, by ${triggerText(operation.requestedBy)}</span>
      <span>begun ${timeText(operation.createdDateTime, now)}</span>
      <a href=${linkTo(["operations", id, "lockouts"])}>what will lock people out</a>
    </p>
    ${operationActions(operation, context, done)}
    ${outcome ? html`<div class="notice ${operationWord(operation).colour}"><p>${readable(outcome.summary, now)}</p></div>` : nothing}
    ${progressPart(operation, now)}
    ${plansPart(operation, context, done)}
    ${targetsPart(operation, rows)}
    ${sectionOf(
      "Timeline",
      html`<ol class="timeline two">${operation.log.map(
        ({ at, message }) =>
          html`<li><time datetime=${at}>${timeText(at, now)}</time><span>${readable(message, now)}</span></li>`,
      )}</ol>`,
    )}`;
}

function progressPart({ progress, waves, policy, results, state }: Operation, now: number): TemplateResult {
  const { total, done, percent, atWork, waiting, notStarted, estimatedEndDateTime } = progress;
  const estimate =
    state === "ended" ? "" : estimatedEndDateTime ? `, until about ${timeText(estimatedEndDateTime, now)}` : "";
  return sectionOf(
    "Progress",
    html`<label class="progress">${done} of ${total} VMs (${percent} %)${estimate}
      <progress max=${total || 1} value=${done}></progress></label>
    <p>${atWork} at work, ${waiting} waiting, ${notStarted} not started.</p>
    <p class="words">${Object.entries(results).map(
      ([kind, count]) => html`${badge({ text: `${count} ${plain(kind)}`, colour: colourOf(kind) })} `,
    )}</p>
    <ol class="waves" aria-label="Waves">${waves.map(
      ({ size, failures, state: wave }, at) =>
        html`<li class=${wave}>${at === 0 && policy.canary > 0 ? "Canary" : `Wave ${policy.canary > 0 ? at : at + 1}`}: ${size} ${size === 1 ? "VM" : "VMs"}, ${plain(wave)}${failures > 0 ? html`, <b class="bad">${failures} failed</b>` : nothing}</li>`,
    )}</ol>
    <p class="quiet">The circuit breaker opens above ${policy.failurePercent} % failures in a wave: then no further VM starts.</p>`,
  );
}

function colourOf(kind: string) {
  return kind === "skipped"
    ? ("quiet" as const)
    : stateOf({ state: "ended", outcome: kind as RunSummary["outcome"] }).colour;
}

const words: Readonly<Record<string, string>> = { parked: "waits", starting: "begins" };

/** Of VMs that have no result yet. */
const open = ["waiting", "starting", "at-work", "parked", "not-started"];

function targetsPart({ progress }: Operation, rows: readonly ResultRow[]): TemplateResult {
  return sectionOf(
    "VMs",
    html`<ul class="lines">${rows.map(({ vm, result, summary, runId, region }) => {
      const { name, group } = vmName(vm);
      const word = {
        text: words[result] ?? plain(result),
        colour: open.includes(result) ? ("quiet" as const) : colourOf(result),
      };
      return html`<li>${badge(result === "at-work" ? { text: "at work", colour: "work" } : word)}<div>
        ${runId ? html`<a href=${linkToRun(runId)}>${name}</a>` : html`<b>${name}</b>`} <span class="quiet">${group}${region ? `, ${region}` : ""}</span>
        ${summary ? html`<br>${readable(summary)}` : nothing}</div></li>`;
    })}</ul>
    ${progress.total > rows.length ? html`<p class="quiet">The first ${rows.length} of ${progress.total} VMs. The table has all of them.</p>` : nothing}`,
  );
}

function runList(runs: readonly RunSummary[]): TemplateResult {
  return html`<ul class="lines part">${runs.map(
    (run) =>
      html`<li>${badge(stateOf(run))}<div><a href=${linkToRun(run.id)}>${vmName(run.vm).name}</a> ${readable(run.summary || run.latestMessage)}</div></li>`,
  )}</ul>`;
}
