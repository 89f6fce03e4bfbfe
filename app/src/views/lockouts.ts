import { html, nothing, type TemplateResult } from "lit-html";
import type { Operation, Problem, ScanRow } from "../api.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { linkTo, linkToOperation, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, readable, selectionText, vmName } from "../words.ts";
import { whenText } from "./run-proof.ts";

const spans = ["7", "30", "90"];

const pageSize = 200;
/** No more VMs are read. What is beyond is told. */
const mostVms = 2_000;

/** What a look at many VMs shows: what is broken now, and what will lock people out. Of the newest look without an id. */
export function openLockouts(context: Context, asked: string | null, query: URLSearchParams): View {
  let days = spans.find((one) => one === query.get("days")) ?? "30";
  let operation: Operation | null = null;
  let rows: readonly ScanRow[] | null = null;
  let problem: Problem | null = null;
  /** Grows with every reading: the answer of one that was overtaken is dropped. */
  let reading = 0;

  async function read(): Promise<void> {
    problem = null;
    reading += 1;
    const own = reading;
    const found = await (asked ? readOperation(context, asked) : newestLook(context));
    if (own !== reading) return;
    context.connection(found.ok || found.problem.kind === "refused" ? null : found.problem);
    if (!found.ok) problem = found.problem;
    else if (found.value === null) rows = [];
    else {
      const answer = await readRows(context, found.value, Number(days));
      if (own !== reading) return;
      operation = found.value;
      if (answer.ok) rows = answer.value;
      else problem = answer.problem;
    }
    context.redraw();
  }

  function choose(next: string): void {
    days = next;
    // The rows are those of other days.
    rows = null;
    context.redraw();
    history.replaceState(null, "", linkTo(asked ? ["operations", asked, "lockouts"] : ["lockouts"], { days }));
    void read();
  }

  void read();
  return {
    title: () => "Lock-outs",
    template: () => html`
      <h1 tabindex="-1">Lock-outs</h1>
      ${problemPart(problem, () => void read())}
      ${operation ? chosenPart(operation, days, choose, context) : nothing}
      ${rows === null ? (problem ? nothing : loading()) : rowsPart(rows, operation, days)}`,
    close() {
      reading += 1;
    },
  };
}

async function readOperation({ api }: Context, id: string) {
  const answer = await api.ask((client) => client.GET("/api/operations/{id}", { params: { path: { id } } }));
  return answer.ok ? { ok: true as const, value: "runs" in answer.value ? null : answer.value } : answer;
}

/** What is ahead on each VM of the operation, of the first ones where there are very many. */
async function readRows({ api }: Context, { id, progress }: Operation, days: number) {
  const rows: ScanRow[] = [];
  const end = Math.min(progress.total, mostVms);
  do {
    const query = { $top: pageSize, $skip: rows.length, days };
    const answer = await api.ask((client) =>
      client.GET("/api/operations/{id}/lockouts", { params: { path: { id }, query } }),
    );
    if (!answer.ok) return answer;
    rows.push(...answer.value.value);
    if (answer.value.nextLink === undefined) break;
  } while (rows.length < end);
  return { ok: true as const, value: rows };
}

/** The newest operation that only looks. */
async function newestLook({ api }: Context) {
  const answer = await api.ask((client) => client.GET("/api/operations", { params: { query: { $top: 100 } } }));
  if (!answer.ok) return answer;
  return { ok: true as const, value: answer.value.value.find(({ mode }) => mode === "diagnose") ?? null };
}

/** Which look, and how far ahead. */
function chosenPart(
  { id, selection, createdDateTime }: Operation,
  days: string,
  choose: (days: string) => void,
  context: Context,
): TemplateResult {
  return html`
    <p class="facts"><span><a href=${linkToOperation(id)}>${selectionText(selection)}</a>, ${age(createdDateTime, context.now())}</span></p>
    <form class="filters" aria-label="Time ahead"><label>Within
      <select name="days" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${spans.map((one) => html`<option value=${one} ?selected=${one === days}>${one} days</option>`)}
      </select></label></form>`;
}

function rowsPart(rows: readonly ScanRow[], operation: Operation | null, days: string): TemplateResult {
  if (operation === null) {
    return html`<p class="empty">No look at many VMs yet. <a href="#/start">Diagnose a resource group</a>, or set RDP_REMEDIATION_SCAN_SCOPES: then the service looks every day.</p>`;
  }
  const { total } = operation.progress;
  const some = rows.filter(({ faults, lockouts }) => faults.length + lockouts.length > 0);
  const unread = rows.filter((row) => !row.looked && !some.includes(row));
  const isPart = unread.length > 0 || total > rows.length;
  return html`
    <p class="facts"><span>${rows.length} VMs, ${rows.length - some.length - unread.length} with nothing ahead</span></p>
    ${total > rows.length ? html`<p class="notice doubt">These are the first ${rows.length} of ${total} VMs. <a href=${linkToOperation(operation.id)}>The table of the operation</a> has all of them.</p>` : nothing}
    ${some.length === 0 ? html`<p class="empty">${isPart ? "On the VMs that were looked at, nothing" : "Nothing"} will lock people out within ${days} days.</p>` : html`<ul class="cards part">${[...some].sort(soonest).map(vmPart)}</ul>`}
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
