import { odata } from "@azure/data-tables";
import type { Run } from "../../core/run.ts";
import { describeUnreadable, UnreadableRun } from "../../core/stored-run.ts";
import type { RunQuery, RunStore, StoredRun, UnreadableRow } from "../../runs/ports.ts";
import {
  digestOf,
  everyRun,
  Facts,
  factProperties,
  openRuns,
  placesBefore,
  runAt,
  runPartition,
  runsOf,
} from "./run-rows.ts";
import type { Tables } from "./table-connection.ts";

type ListQuery = RunQuery & { readonly unfinished?: boolean };

/** A run's row in a list. */
interface Listed {
  readonly place: string;
  readonly facts: Facts;
}

/** A run, and where it stands in the list that was read. */
interface Placed {
  readonly place: string;
  /** `null`: this version cannot read it. */
  readonly run: Run | null;
  readonly unreadable?: UnreadableRow;
}

/** How many runs are fetched at once for a page. */
const together = 10;

/** The most rows of a list that one request returns (Azure's limit). */
const mostRows = 1000;

/** Of so many rows a page is made, and of no more: one that finds little says where to go on. */
const mostLooked = 5 * mostRows;

/** Lists runs, newest first, by the rows of the list that fits the query best. */
export function createTableRunList(
  { reading, ready }: Tables,
  get: (runId: string) => Promise<StoredRun | null>,
): RunStore["list"] {
  return async function list(query) {
    const { limit } = query;
    // Rows of earlier versions do not say what they are selected by, nor do those of unfinished runs: these runs are read.
    const mostRead = 2 * limit + 100;
    const found: Placed[] = [];
    let read = 0;
    let next: string | null = null;
    for await (const { likely, upTo } of likelyRows(query)) {
      const placed = await Promise.all(likely.map(runAtPlace));
      found.push(...placed.filter((one) => one !== null).filter(({ run }) => run === null || fits(run, query)));
      read += likely.length;
      next = upTo;
      if (found.length > limit || (read >= mostRead && next !== null)) break;
    }
    const page = found.slice(0, limit);
    if (found.length > limit) next = page.at(-1)?.place ?? null;
    const unreadable = page.flatMap(({ unreadable: row }) => row ?? []);
    const runs = page.flatMap(({ run }) => run ?? []);
    return { runs, next, ...(unreadable.length > 0 && { unreadable }) };
  };

  /** The rows that may fit, in groups; `upTo` is the place up to which the list was looked at, `null` at its end. */
  async function* likelyRows(query: ListQuery): AsyncGenerator<{ likely: Listed[]; upTo: string | null }> {
    const { limit, after, outcomes, triggers, intents } = query;
    const size = outcomes || triggers || intents ? mostRows : limit + 1;
    let from = after;
    for (let looked = 0; looked < mostLooked; looked += size) {
      const rows = await rowsAfter(query, from, size);
      const isEnd = rows.length < size;
      const likely = rows.filter((row) => mayFit(row.facts, query));
      for (let first = 0; first < likely.length; first += together) {
        const group = likely.slice(first, first + together);
        const isLast = first + together >= likely.length;
        yield { likely: group, upTo: isLast && isEnd ? null : (group.at(-1)?.place ?? null) };
      }
      from = rows.at(-1)?.place;
      if (likely.length === 0) yield { likely: [], upTo: isEnd ? null : (from ?? null) };
      if (isEnd) return;
    }
  }

  /** At most `limit` rows of a list, in its order. Nothing follows what is not a place. */
  async function rowsAfter(query: ListQuery, after: string | undefined, limit: number): Promise<Listed[]> {
    const { vmKey, states, unfinished = false, createdBefore, createdSince } = query;
    if (after !== undefined && runAt(after) === null) return [];
    // Lists know no states. But what has not ended is open, and of the open runs there are few.
    const isOpen = unfinished || (states !== undefined && !states.includes("ended"));
    const list = isOpen ? openRuns : vmKey === undefined ? everyRun : runsOf(vmKey);
    const from = after ?? (createdBefore === undefined ? "" : placesBefore(createdBefore));
    const range = rangeOf(list, from, createdSince === undefined ? ":" : placesBefore(createdSince));
    const filter = isOpen && vmKey !== undefined ? `${range} and ${odata`vm eq ${digestOf(vmKey)}`}` : range;
    await ready();
    const rows = reading.listEntities({ queryOptions: { filter, select: ["RowKey", ...factProperties] } });
    const listed: Listed[] = [];
    // Azure may answer with less than a page, even with none, and go on in the next.
    for await (const page of rows.byPage({ maxPageSize: Math.min(limit, mostRows) })) {
      listed.push(
        ...page.map((row) => ({ place: String(row.rowKey).slice(list.length), facts: Facts.catch({}).parse(row) })),
      );
      if (listed.length >= limit) break;
    }
    return listed.slice(0, limit);
  }

  async function runAtPlace({ place }: Listed): Promise<Placed | null> {
    try {
      const stored = await get(runAt(place) ?? "");
      return stored && { place, run: stored.run };
    } catch (error) {
      if (error instanceof UnreadableRun) {
        return { place, run: null, unreadable: describeUnreadable(runAt(place) ?? "", error) };
      }
      throw error;
    }
  }
}

/** The keys of one list alone: a place begins with a digit, and `:` comes after all of these. */
function rangeOf(list: string, from: string, to: string): string {
  return odata`PartitionKey eq ${runPartition} and RowKey gt ${list + from} and RowKey lt ${list + to}`;
}

/** Whether a run may fit of which only this is known. */
function mayFit(facts: Facts, { outcomes, triggers, intents }: ListQuery): boolean {
  const may = (among: readonly string[] | undefined, fact: string | undefined) =>
    among === undefined || fact === undefined || among.includes(fact);
  return may(outcomes, facts.outcome) && may(triggers, facts.trigger) && may(intents, facts.intent);
}

function fits(run: Run, { states, outcomes, triggers, intents }: ListQuery): boolean {
  return (
    (states === undefined || states.includes(run.state)) &&
    (outcomes === undefined || (run.outcome !== null && outcomes.includes(run.outcome.kind))) &&
    (triggers === undefined || triggers.includes(run.trigger.kind)) &&
    (intents === undefined || intents.includes(run.intent))
  );
}
