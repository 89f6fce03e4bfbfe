import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { readArmPath } from "../../../lib/core/resource-id.ts";
import type { Problem, RunSummary, RunsQuery } from "../api.ts";
import { age, badge, loading, problemPart } from "../parts.ts";
import { poll, type Seen } from "../poll.ts";
import { linkTo, linkToRun } from "../route.ts";
import type { Context, View } from "../view.ts";
import { plain, readable, stateOf, triggerText, vmName } from "../words.ts";

/** What the address may say about the list; empty: the default. */
interface Filters {
  readonly since: string;
  readonly show: string;
  readonly trigger: Trigger | "";
  readonly vm: string;
}

/** As the API's `since` has them: the service counts by its own clock. */
const spans: Readonly<Record<string, string>> = {
  "12h": "12 hours",
  "24h": "24 hours",
  "7d": "7 days",
  "90d": "90 days",
};
const defaultSpan = "12h";

type State = RunSummary["state"];

const groups: Readonly<Record<State, "waiting" | "at-work" | "ended">> = {
  queued: "at-work",
  preflight: "at-work",
  collecting: "at-work",
  planned: "at-work",
  "awaiting-approval": "waiting",
  probing: "at-work",
  applying: "at-work",
  restarting: "at-work",
  verifying: "at-work",
  weakened: "at-work",
  "rolling-back": "at-work",
  ended: "ended",
};

const statesOf = (group: string) => (Object.keys(groups) as State[]).filter((state) => groups[state] === group);

/** What can be shown, and how the service is asked for it. */
const shows: Readonly<Record<string, { readonly text: string; readonly query: RunsQuery }>> = {
  "": { text: "everything", query: {} },
  waiting: { text: "waiting for a decision", query: { state: statesOf("waiting") } },
  "at-work": { text: "at work", query: { state: statesOf("at-work") } },
  failed: { text: "failed or not repaired", query: { outcome: ["failed", "not-repaired", "unknown"] } },
  repair: { text: "repairs", query: { mode: ["repair"] } },
};

type Trigger = RunSummary["requestedBy"]["kind"];

const triggers: Readonly<Record<Trigger | "", string>> = {
  "": "anything",
  alert: "an alert",
  http: "a person or program",
  schedule: "the schedule",
  terminal: "a terminal",
};

const pageSize = 100;
/** Of the runs that fit, so many are read. */
const mostRuns = 500;

/** Tonight's runs: what waits for somebody first, then what is at work, then what has ended. */
export function openRuns(context: Context, query: URLSearchParams): View {
  let filters = readFilters(query);
  let runs: readonly RunSummary[] | null = null;
  let problem: Problem | null = null;
  let isWhole = true;
  let text = "";
  /** Those of the runs that were read last. */
  let shown = filters;

  async function ask(): Promise<Seen> {
    const asked = filters;
    const read: RunSummary[] = [];
    let token: string | undefined;
    // Counted by what was asked for: runs that the person may not read are missing in the pages.
    let looked = 0;
    do {
      const query = { ...queryOf(asked), $top: pageSize, ...(token && { $skipToken: token }) };
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
    } while (token !== undefined && looked < mostRuns);
    context.connection(null);
    problem = null;
    isWhole = token === undefined;
    const now = JSON.stringify(read);
    if (now === text) return "same";
    // What comes with another filter is no news.
    if (runs !== null && asked === shown) announceNews(context, runs, read);
    text = now;
    runs = read;
    shown = asked;
    context.redraw();
    return "changed";
  }

  const polling = poll(ask);
  const aging = setInterval(context.redraw, 30_000);

  function set(name: keyof Filters, value: string): void {
    const next = { ...filters, [name]: value };
    history.replaceState(null, "", linkTo(["runs"], { ...next, since: next.since === defaultSpan ? "" : next.since }));
    const isAsked = name !== "vm" || vmOf(next) !== vmOf(filters);
    filters = next;
    if (isAsked) polling.now();
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
      ${runs === null ? (problem ? nothing : loading()) : lists(runs.filter(fits(filters)), filters, context)}
      ${isWhole ? nothing : html`<p class="quiet">Only the newest ${mostRuns} runs of these were read. Choose a shorter time.</p>`}
    `,
    close() {
      polling.stop();
      clearInterval(aging);
    },
  };
}

function readFilters(query: URLSearchParams): Filters {
  const known = <Word extends string>(name: string, among: Readonly<Record<Word, unknown>>, other: Word): Word => {
    const value = query.get(name) ?? "";
    return Object.hasOwn(among, value) ? (value as Word) : other;
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

/** What the service selects by. A part of a name is looked for among the runs that were read. */
function queryOf(filters: Filters): RunsQuery {
  const { since, show, trigger } = filters;
  const vm = vmOf(filters);
  return {
    since,
    ...shows[show]?.query,
    ...(trigger && { trigger: [trigger] }),
    ...(vm && { vm }),
  };
}

function tokenOf(link: string | undefined): string | undefined {
  return (link && URL.parse(link)?.searchParams.get("$skipToken")) || undefined;
}

/** The same choice among the runs that are there, so that a narrower one is shown before the service has answered. */
function fits({ show, trigger, vm }: Filters): (run: RunSummary) => boolean {
  const wanted = vm.trim().toLowerCase();
  const { state, outcome, mode } = shows[show]?.query ?? {};
  return (run) =>
    (wanted === "" || run.vm.toLowerCase().includes(wanted) || run.id.startsWith(wanted)) &&
    (trigger === "" || run.requestedBy.kind === trigger) &&
    (!state || state.includes(run.state)) &&
    (!outcome || (run.outcome !== null && outcome.includes(run.outcome))) &&
    (!mode || mode.includes(run.mode));
}

/** What has changed since the last look, for who does not see it. */
function announceNews(context: Context, before: readonly RunSummary[], now: readonly RunSummary[]): void {
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
    ${choice("since", "Of the last", Object.entries(spans))}
    ${choice(
      "show",
      "Show",
      Object.entries(shows).map(([value, { text }]) => [value, text] as const),
    )}
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
  const titles = [
    ["waiting", "Waiting for a decision"],
    ["at-work", "At work"],
    ["ended", "Ended"],
  ] as const;
  return html`${titles.map(([group, title]) => {
    const members = runs.filter(({ state }) => groups[state] === group);
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
    <span class="why">${readable(run.summary || run.latestMessage, context.now())}</span>
    <span class="quiet by">${plain(run.mode)}, by ${triggerText(run.requestedBy)}</span>
    <span class="quiet when">${age(run.createdDateTime, context.now())}</span>
  </a></li>`;
}

function nothingFound(filters: Filters): TemplateResult {
  const span = spans[filters.since];
  const isNarrow = filters.show !== "" || filters.trigger !== "" || filters.vm !== "";
  return isNarrow
    ? html`<p class="empty">No run of the last ${span} fits. <a href="#/runs">Show all</a></p>`
    : html`<p class="empty">No run in the last ${span}. It was quiet.</p>`;
}
