import { html, nothing, type TemplateResult } from "lit-html";
import type { Operation, Problem, ScanRow } from "../api.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { linkTo, linkToOperation, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, readable, selectionText, vmName } from "../words.ts";
import { whenText } from "./run-proof.ts";

const spans = ["7", "30", "90"];

/** What a look at many VMs shows: what is broken now, and what will lock people out. Of the newest look without an id. */
export function openLockouts(context: Context, asked: string | null, query: URLSearchParams): View {
  let days = spans.find((one) => one === query.get("days")) ?? "30";
  let operation: Operation | null = null;
  let rows: readonly ScanRow[] | null = null;
  let problem: Problem | null = null;
  let isClosed = false;

  async function read(): Promise<void> {
    problem = null;
    const found = await (asked ? readOperation(context, asked) : newestLook(context));
    if (isClosed) return;
    context.connection(found.ok || found.problem.kind === "refused" ? null : found.problem);
    if (!found.ok) problem = found.problem;
    else if (found.value === null) rows = [];
    else {
      operation = found.value;
      const answer = await context.api.ask((api) =>
        api.GET("/api/operations/{id}/lockouts", {
          params: { path: { id: found.value?.id ?? "" }, query: { $top: 200, days: Number(days) } },
        }),
      );
      if (isClosed) return;
      if (answer.ok) rows = answer.value.value;
      else problem = answer.problem;
    }
    context.redraw();
  }

  function choose(next: string): void {
    days = next;
    history.replaceState(null, "", linkTo(asked ? ["operations", asked, "lockouts"] : ["lockouts"], { days }));
    void read();
  }

  void read();
  return {
    title: () => "Lock-outs",
    template: () => html`
      <h1 tabindex="-1">Lock-outs</h1>
      ${problemPart(problem, () => void read())}
      ${rows === null ? (problem ? nothing : loading()) : whole(rows, operation, days, choose, context)}`,
    close() {
      isClosed = true;
    },
  };
}

async function readOperation({ api }: Context, id: string) {
  const answer = await api.ask((client) => client.GET("/api/operations/{id}", { params: { path: { id } } }));
  return answer.ok ? { ok: true as const, value: "runs" in answer.value ? null : answer.value } : answer;
}

/** The newest operation that only looks. */
async function newestLook({ api }: Context) {
  const answer = await api.ask((client) => client.GET("/api/operations", { params: { query: { $top: 100 } } }));
  if (!answer.ok) return answer;
  return { ok: true as const, value: answer.value.value.find(({ mode }) => mode === "diagnose") ?? null };
}

function whole(
  rows: readonly ScanRow[],
  operation: Operation | null,
  days: string,
  choose: (days: string) => void,
  context: Context,
): TemplateResult {
  if (operation === null) {
    return html`<p class="empty">No look at many VMs yet. <a href="#/start">Diagnose a resource group</a>, or set RDP_REMEDIATION_SCAN_SCOPES: then the service looks every day.</p>`;
  }
  const some = rows.filter(({ faults, lockouts }) => faults.length + lockouts.length > 0);
  const unread = rows.filter((row) => !row.looked && !some.includes(row));
  return html`
    <p class="facts"><span><a href=${linkToOperation(operation.id)}>${selectionText(operation.selection)}</a>, ${age(operation.createdDateTime, context.now())}</span>
      <span>${rows.length} VMs, ${rows.length - some.length - unread.length} with nothing ahead</span></p>
    <form class="filters" aria-label="Time ahead"><label>Within
      <select name="days" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${spans.map((one) => html`<option value=${one} ?selected=${one === days}>${one} days</option>`)}
      </select></label></form>
    ${some.length === 0 ? html`<p class="empty">Nothing will lock people out within ${days} days.</p>` : html`<ul class="cards part">${[...some].sort(soonest).map(vmPart)}</ul>`}
    ${
      unread.length > 0
        ? html`<section class="part" aria-label="Not looked at"><h2>Not looked at</h2><ul class="lines">${unread.map(
            ({ vm, summary, runId }) => html`<li>${nameOf(vm, runId)}<div>${readable(summary)}</div></li>`,
          )}</ul></section>`
        : nothing
    }`;
}

function nameOf(vm: string, runId: string | null): TemplateResult {
  const { name } = vmName(vm);
  return runId ? html`<a href=${linkToRun(runId)}><b>${name}</b></a>` : html`<b>${name}</b>`;
}

function vmPart({ vm, runId, faults, lockouts }: ScanRow): TemplateResult {
  return html`<li>
    <p class="card-head">${nameOf(vm, runId)} <span class="quiet">${vmName(vm).group}</span></p>
    <ul class="lines">
      ${faults.map(({ check, because }) => html`<li>${badge({ text: "broken now", colour: "bad" })}<div><b>${check}</b><br>${readable(because)}</div></li>`)}
      ${lockouts.map(
        ({ when, kind, because, cure }) =>
          html`<li>${badge({ text: whenText(when).replace(/^on /, ""), colour: "doubt" })}<div><b>${plain(kind)}</b><br>${readable(because)}<br><span class="quiet">${cure}</span></div></li>`,
      )}
    </ul></li>`;
}

/** What is broken comes first, then what comes soonest. */
function soonest(a: ScanRow, b: ScanRow): number {
  return rank(a) - rank(b);
}

function rank({ faults, lockouts }: ScanRow): number {
  if (faults.length > 0) return 0;
  const when = lockouts[0]?.when;
  return when?.on === "date" ? Date.parse(when.at) : Number.MAX_SAFE_INTEGER;
}
