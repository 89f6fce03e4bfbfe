import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TransactionAction } from "@azure/data-tables";
import { type Run, RunId } from "../../core/run.ts";
import { describeUnreadable, UnreadableRun } from "../../core/stored-run.ts";
import { isUnfinished } from "../../runs/maintenance/unfinished-runs.ts";
import type { RunStore, StoredRun, UnreadableRow } from "../../runs/ports.ts";
import {
  digestOf,
  everyRun,
  type Head,
  headProperties,
  listRows,
  openRow,
  openRuns,
  placeLength,
  placesBefore,
  readHead,
  readRunRow,
  runAt,
  runKey,
  runPartition,
  runRow,
  runsOf,
  runsOfAnyVm,
  setAsideRow,
} from "./run-rows.ts";
import { readRow, type Tables } from "./table-connection.ts";
import { deliveryRow } from "./table-outbox.ts";

/** A run, and where it stands in the list that was read. */
interface Placed {
  readonly place: string;
  /** `null`: this version cannot read it. */
  readonly run: Run | null;
  readonly unreadable?: UnreadableRow;
}

/** How many runs are fetched at once for a page. */
const together = 10;

/** The runs of a store in one partition; a run and its rows in the lists change as one. */
export function createTableRuns({ reading, writing, ready }: Tables): Pick<
  RunStore,
  "create" | "get" | "has" | "save" | "remove" | "removeSetAside" | "list"
> & {
  head(runId: string): Promise<Head | null>;
  /** Ends a run that cannot be read and was not saved since; `false` when it can be read, or was saved. */
  setUnreadableAside(runId: string, unsavedSince: string): Promise<boolean>;
} {
  return {
    async create(run) {
      const rows = [runRow(run, 1), ...listRows(run), ...(isUnfinished(run) ? [openRow(run)] : [])];
      await ready();
      try {
        await writing.submitTransaction(rows.map((row): TransactionAction => ["create", row]));
        return "created";
      } catch (error) {
        if (isRestError(error) && error.code === "EntityAlreadyExists") return "exists";
        throw error;
      }
    },

    get,
    head,
    setUnreadableAside,
    has: async (runId) => (await read(runId, headProperties)) !== null,

    async save(run, version, deliveries = []) {
      const before = await head(run.id);
      if (before?.version !== version) return "conflict";
      const changes: TransactionAction[] = [["update", runRow(run, version + 1), "Replace", { etag: before.etag }]];
      if (isUnfinished(run) !== before.open) changes.push([before.open ? "delete" : "create", openRow(run)]);
      changes.push(
        ...deliveries.map((one): TransactionAction => ["upsert", deliveryRow(runPartition, one), "Replace"]),
      );
      try {
        await writing.submitTransaction(changes);
        return "saved";
      } catch (error) {
        // A transaction names one of its refusals, and not always the first.
        if (isRefusedChange(error) && (await head(run.id))?.version !== version) return "conflict";
        throw error;
      }
    },

    async remove(run) {
      const before = await head(run.id);
      if (before?.state !== "ended" || before.open) return;
      const rows = [{ partitionKey: runPartition, rowKey: runKey(run.id) }, ...listRows(run)];
      try {
        // Whatever is over is never saved again, so nothing can have come in between but another removal.
        await writing.submitTransaction(rows.map((row): TransactionAction => ["delete", row]));
      } catch (error) {
        if (!isRefusedChange(error) || (await head(run.id))) throw error;
      }
    },

    async removeSetAside(runId) {
      const row = await read(runId);
      if (row?.setAside !== true) return;
      const listed = [...(await listsOf(runId, everyRun)), ...(await listsOf(runId, runsOfAnyVm))];
      try {
        await writing.submitTransaction([runKey(runId), ...listed].map(deletion));
      } catch (error) {
        // Another one has deleted it meanwhile.
        if (!isRefusedChange(error) || (await head(runId))) throw error;
      }
    },

    async list({ vmKey, state, createdBefore, unfinished = false, limit, after }) {
      // Lists know no states. But what has not ended is open, and of the open runs there are few.
      const open = unfinished || (state !== undefined && state !== "ended");
      const found: Placed[] = [];
      for (let from = after; found.length <= limit; ) {
        const places = await placesAfter({ vmKey, createdBefore, unfinished: open, limit: limit + 1, after: from });
        found.push(...(await runsAt(places)).filter(({ run }) => !state || !run || run.state === state));
        if (places.length <= limit) break;
        from = places.at(-1);
      }
      const page = found.slice(0, limit);
      const next = found.length > limit ? (page.at(-1)?.place ?? null) : null;
      const unreadable = page.flatMap(({ unreadable: row }) => row ?? []);
      const runs = page.flatMap(({ run }) => run ?? []);
      return { runs, next, ...(unreadable.length > 0 && { unreadable }) };
    },
  };

  async function setUnreadableAside(runId: string, unsavedSince: string): Promise<boolean> {
    const row = await read(runId);
    // The time of the last write, by the clock of Azure.
    if (!row || Date.parse(String(row.timestamp)) >= Date.parse(unsavedSince) || isReadable(row)) return false;
    const changes: TransactionAction[] = [["update", setAsideRow(row, unsavedSince), "Replace", { etag: row.etag }]];
    changes.push(...(await listsOf(runId, openRuns)).map(deletion));
    try {
      await writing.submitTransaction(changes);
      return true;
    } catch (error) {
      // It was saved meanwhile, so somebody can read it; or another one has set it aside.
      if (isRefusedChange(error)) return (await head(runId))?.state === "ended";
      throw error;
    }
  }

  /** The keys of a run's rows in the lists of this kind. A run that cannot be read tells neither its VM nor its time. */
  async function listsOf(runId: string, kind: typeof openRuns | typeof everyRun | typeof runsOfAnyVm) {
    const filter = odata`PartitionKey eq ${runPartition} and RowKey gt ${kind} and RowKey lt ${`${kind}~`}`;
    const keys: string[] = [];
    for await (const { rowKey } of reading.listEntities({ queryOptions: { filter, select: ["RowKey"] } })) {
      if (runAt(String(rowKey).slice(-placeLength)) === runId) keys.push(String(rowKey));
    }
    return keys;
  }

  async function runsAt(places: readonly string[]): Promise<Placed[]> {
    const runs: Placed[] = [];
    for (let first = 0; first < places.length; first += together) {
      const found = await Promise.all(places.slice(first, first + together).map(runAtPlace));
      runs.push(...found.filter((one) => one !== null));
    }
    return runs;
  }

  async function runAtPlace(place: string): Promise<Placed | null> {
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

  async function get(runId: string): Promise<StoredRun | null> {
    const row = await read(runId);
    return row && readRunRow(row);
  }

  async function head(runId: string): Promise<Head | null> {
    const row = await read(runId, headProperties);
    return row && readHead(row);
  }

  /** What is no run's id may be no key either: Azure would answer with a fault. */
  async function read(runId: string, select?: string[]) {
    if (!RunId.safeParse(runId).success) return null;
    await ready();
    return readRow(reading, runPartition, runKey(runId), select);
  }

  /** At most `limit` places of a list, in its order. Nothing follows what is not a place. */
  async function placesAfter(query: {
    vmKey: string | undefined;
    createdBefore: string | undefined;
    unfinished: boolean;
    limit: number;
    after: string | undefined;
  }) {
    const { vmKey, createdBefore, unfinished, limit, after } = query;
    if (after !== undefined && runAt(after) === null) return [];
    const list = unfinished ? openRuns : vmKey === undefined ? everyRun : runsOf(vmKey);
    const from = after ?? (createdBefore === undefined ? "" : placesBefore(createdBefore));
    const range = rangeOf(list, from);
    const filter = unfinished && vmKey !== undefined ? `${range} and ${odata`vm eq ${digestOf(vmKey)}`}` : range;
    await ready();
    const rows = reading.listEntities({ queryOptions: { filter, select: ["RowKey"] } });
    const places: string[] = [];
    // Azure may answer with less than a page, even with none, and go on in the next.
    for await (const page of rows.byPage({ maxPageSize: Math.min(limit, 1000) })) {
      places.push(...page.map(({ rowKey }) => String(rowKey).slice(list.length)));
      if (places.length >= limit) break;
    }
    return places.slice(0, limit);
  }
}

/** The keys of one list alone: a place begins with a digit, and `:` comes after all of these. */
function rangeOf(list: string, from: string): string {
  return odata`PartitionKey eq ${runPartition} and RowKey gt ${list + from} and RowKey lt ${`${list}:`}`;
}

function deletion(rowKey: string): TransactionAction {
  return ["delete", { partitionKey: runPartition, rowKey }];
}

function isReadable(row: Record<string, unknown>): boolean {
  try {
    readHead(row);
    readRunRow(row);
    return true;
  } catch (error) {
    if (error instanceof UnreadableRun) return false;
    throw error;
  }
}

/** A concurrent change: a row was changed (412), deleted (404) or created (409). */
function isRefusedChange(error: unknown): boolean {
  return isRestError(error) && [404, 409, 412].includes(error.statusCode ?? 0);
}
