import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { readArmPath } from "../../../lib/core/resource-id.ts";
import type { Problem, RunSummary } from "../api.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { poll, type Seen } from "../poll.ts";
import { linkTo, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, readable, stateOf, triggerText, vmName } from "../words.ts";

/** What the address may say about the list; empty: the default. */
interface Filters {
  readonly since: string;
  readonly show: string;
  readonly trigger: string;
  readonly vm: string;
}

const spans: Readonly<Record<string, { readonly text: string; readonly hours: number }>> = {
  "12h": { text: "12 hours", hours: 12 },
  "24h": { text: "24 hours", hours: 24 },
  "7d": { text: "7 days", hours: 168 },
  "90d": { text: "90 days", hours: 2160 },
};
const defaultSpan = "12h";

const shows: Readonly<Record<string, string>> = {
  "": "everything",
  waiting: "waiting for a decision",
  "at-work": "at work",
  failed: "failed or not repaired",
  repair: "repairs",
};

const triggers: Readonly<Record<string, string>> = {
  "": "anything",
  alert: "an alert",
  http: "a person or program",
  schedule: "the schedule",
  terminal: "a terminal",
};

const pageSize = 100;
/** The list is read no further back than this many runs. */
const mostRuns = 500;

/** Tonight's runs: what waits for somebody first, then what is at work, then what has ended. */
export function openRuns(context: Context, query: URLSearchParams): View {
  let filters = readFilters(query);
  let runs: readonly RunSummary[] | null = null;
  let problem: Problem | null = null;
  let isWhole = true;
  let text = "";

  async function ask(): Promise<Seen> {
    // The clock is known when the first page is read.
    const from = () => context.now() - hoursOf(filters) * 3_600_000;
    const read: RunSummary[] = [];
    const vm = vmOf(filters);
    let token: string | undefined;
    // Counted by what was asked for: runs that the person may not read are missing in the pages.
    let looked = 0;
    do {
      const query = { $top: pageSize, ...(vm && { vm }), ...(token && { $skipToken: token }) };
      const answer = await context.api.ask((api) => api.GET("/api/runs", { params: { query } }));
      looked += pageSize;
      if (!answer.ok) {
        const isRefused = answer.problem.kind === "refused";
        context.connection(isRefused ? null : answer.problem);
        problem = isRefused || runs === null ? answer.problem : null;
        context.redraw();
        return "failed";
      }
      read.push(...answer.value.value);
      token = tokenOf(answer.value.nextLink);
      const oldest = read.at(-1);
      if (oldest && Date.parse(oldest.createdDateTime) < from()) token = undefined;
    } while (token !== undefined && looked < mostRuns);
    context.connection(null);
    problem = null;
    isWhole = token === undefined;
    const kept = read.filter(({ createdDateTime }) => Date.parse(createdDateTime) >= from());
    const now = JSON.stringify(kept);
    if (now === text) return "same";
    announceNews(context, runs, kept);
    text = now;
    runs = kept;
    context.redraw();
    return "changed";
  }

  const polling = poll(ask);
  const aging = setInterval(context.redraw, 30_000);

  function set(name: keyof Filters, value: string): void {
    const next = { ...filters, [name]: value };
    history.replaceState(null, "", linkTo(["runs"], { ...next, since: next.since === defaultSpan ? "" : next.since }));
    const isNarrower = name !== "since" && vmOf(next) === vmOf(filters);
    filters = next;
    if (!isNarrower) {
      text = "";
      polling.now();
    }
    context.redraw();
  }

  return {
    title: () => "Runs",
    changed(next) {
      filters = readFilters(next);
      polling.now();
    },
    template: () => html`
      <h1 tabindex="-1">Runs</h1>
      ${filterForm(filters, set)}
      ${problemPart(problem, () => polling.now())}
      ${runs === null ? (problem ? nothing : loading()) : lists(runs.filter(passes(filters)), filters, context)}
      ${isWhole ? nothing : html`<p class="quiet">Only the newest ${mostRuns} runs are shown. Choose a shorter time.</p>`}
    `,
    close() {
      polling.stop();
      clearInterval(aging);
    },
  };
}

function readFilters(query: URLSearchParams): Filters {
  const known = (name: string, among: Readonly<Record<string, unknown>>, other: string) => {
    const value = query.get(name) ?? "";
    return Object.hasOwn(among, value) ? value : other;
  };
  return {
    since: known("since", spans, defaultSpan),
    show: known("show", shows, ""),
    trigger: known("trigger", triggers, ""),
    vm: query.get("vm") ?? "",
  };
}

/** The VM that is named by its whole id: the service lists its runs alone, however many others there are. */
function vmOf({ vm }: Filters): string | undefined {
  const id = vm.trim();
  return /\/(virtualMachines|machines)$/i.test(`/${readArmPath(id)?.type}`) ? id : undefined;
}

function hoursOf({ since }: Filters): number {
  return spans[since]?.hours ?? 12;
}

function tokenOf(link: string | undefined): string | undefined {
  return (link && URL.parse(link)?.searchParams.get("$skipToken")) || undefined;
}

function passes({ show, trigger, vm }: Filters): (run: RunSummary) => boolean {
  const wanted = vm.trim().toLowerCase();
  return (run) =>
    (wanted === "" || run.vm.toLowerCase().includes(wanted) || run.id.startsWith(wanted)) &&
    (trigger === "" || run.requestedBy.kind === trigger) &&
    isShown(show, run);
}

function isShown(show: string, run: RunSummary): boolean {
  switch (show) {
    case "waiting":
      return groupOf(run) === "waiting";
    case "at-work":
      return groupOf(run) === "at-work";
    case "failed":
      return run.status === "Failed";
    case "repair":
      return run.mode === "repair";
    default:
      return true;
  }
}

function groupOf({ state }: RunSummary): "waiting" | "at-work" | "ended" {
  return state === "awaiting-approval" ? "waiting" : state === "ended" ? "ended" : "at-work";
}

/** What has changed since the last look, for who does not see it. */
function announceNews(context: Context, before: readonly RunSummary[] | null, now: readonly RunSummary[]): void {
  if (before === null) return;
  const known = new Map(before.map((run) => [run.id, run.state]));
  const news = now.filter(({ id, state }) => known.get(id) !== state);
  const [one, ...others] = news;
  if (!one) return;
  const more = others.length > 0 ? `, and ${others.length} more changed` : "";
  context.announce(`${vmName(one.vm).name}: ${stateOf(one).text}${more}.`);
}

function filterForm(filters: Filters, set: (name: keyof Filters, value: string) => void): TemplateResult {
  const choice = (name: "since" | "show" | "trigger", label: string, options: readonly (readonly [string, string])[]) =>
    html`<label>${label}
      <select name=${name} .value=${filters[name]} @change=${(event: Event) => set(name, chosenIn(event))}>
        ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === filters[name]}>${text}</option>`)}
      </select></label>`;
  return html`<form class="filters" role="search" aria-label="Runs" @submit=${(event: Event) => event.preventDefault()}>
    ${choice(
      "since",
      "Of the last",
      Object.entries(spans).map(([value, { text }]) => [value, text] as const),
    )}
    ${choice("show", "Show", Object.entries(shows))}
    ${choice("trigger", "Started by", Object.entries(triggers))}
    <label class="wide">VM or run
      <input type="search" name="vm" .value=${filters.vm} placeholder="name, group or id" autocomplete="off"
        @input=${(event: Event) => set("vm", chosenIn(event))}></label>
  </form>`;
}

function chosenIn({ target }: Event): string {
  return (target as HTMLInputElement | HTMLSelectElement).value;
}

function lists(runs: readonly RunSummary[], filters: Filters, context: Context): TemplateResult {
  if (runs.length === 0) return nothingFound(filters);
  const groups = [
    ["waiting", "Waiting for a decision"],
    ["at-work", "At work"],
    ["ended", "Ended"],
  ] as const;
  return html`${groups.map(([group, title]) => {
    const members = runs.filter((run) => groupOf(run) === group);
    if (members.length === 0) return nothing;
    return html`<section aria-labelledby="runs-${group}">
      <h2 id="runs-${group}">${title} <span class="count">${members.length}</span></h2>
      <ul class="rows">
        ${repeat(
          members,
          ({ id }) => id,
          (run) => row(run, context),
        )}
      </ul>
    </section>`;
  })}`;
}

function row(run: RunSummary, context: Context): TemplateResult {
  const { name, group } = vmName(run.vm);
  return html`<li><a class="row" href=${linkToRun(run.id)}>
    <span class="what"><b>${name}</b> <span class="quiet">${group}</span></span>
    <span>${badge(stateOf(run))}</span>
    <span class="why">${readable(run.summary || presentText(run))}</span>
    <span class="quiet by">${plain(run.mode)}, by ${triggerText(run.requestedBy)}</span>
    <span class="quiet when">${age(run.createdDateTime, context.now())}</span>
  </a></li>`;
}

/** Of a run that has no result yet. */
function presentText({ state, mode }: RunSummary): string {
  switch (state) {
    case "awaiting-approval":
      return "Its plan waits for somebody to approve or reject it.";
    case "queued":
      return `The ${mode === "diagnose" ? "diagnosis" : mode} has not begun.`;
    case "weakened":
      return "A protection is weaker for a limited time.";
    default:
      return `At work: ${plain(state)}.`;
  }
}

function nothingFound(filters: Filters): TemplateResult {
  const span = spans[filters.since]?.text ?? "";
  const isNarrow = filters.show !== "" || filters.trigger !== "" || filters.vm !== "";
  return isNarrow
    ? html`<p class="empty">No run of the last ${span} fits. <a href="#/runs">Show all</a></p>`
    : html`<p class="empty">No run in the last ${span}. It was quiet.</p>`;
}
