import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TransactionAction } from "@azure/data-tables";
import { RunId } from "../../core/run.ts";
import { UnreadableRun } from "../../core/stored-run.ts";
import { isUnfinished } from "../../runs/maintenance/unfinished-runs.ts";
import type { RunStore, StoredRun } from "../../runs/ports.ts";
import {
  everyRun,
  type Head,
  headProperties,
  listRows,
  openRow,
  openRuns,
  placeLength,
  readHead,
  readRunRow,
  runAt,
  runKey,
  runPartition,
  runRow,
  runsOfAnyVm,
  setAsideRow,
} from "./run-rows.ts";
import { readRow, type Tables } from "./table-connection.ts";
import { deliveryRow } from "./table-outbox.ts";
import { createTableRunList } from "./table-run-list.ts";

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
      // From its end on, the lists know the outcome. Its rows are there; a row that is missing must not keep the run from its end.
      if (run.outcome && before.state !== "ended") {
        changes.push(...listRows(run).map((row): TransactionAction => ["upsert", row, "Merge"]));
      }
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

    list: createTableRunList({ reading, writing, ready }, get),
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
