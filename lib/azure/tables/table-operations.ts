import { isRestError } from "@azure/core-rest-pipeline";
import { odata, type TransactionAction } from "@azure/data-tables";
import type { FleetOperation, Target } from "../../fleet/fleet-operation.ts";
import type { OperationStore, StoredOperation } from "../../fleet/ports.ts";
import { readListed, readOperation, readResult, readTarget } from "../../fleet/stored-operation.ts";
import { packText, unpackText } from "./packed-text.ts";
import { operationPartition as partition, placeOf, type Row, runAt } from "./run-rows.ts";
import { orNull, readRow, type Tables } from "./table-connection.ts";
import { deliveryRow } from "./table-outbox.ts";

/*
 * Operations as rows of one partition, apart from those of the runs:
 *
 *   operation_<id>              the operation itself, compressed, with its version
 *   targets_<id>_<number>       up to 500 of its targets from this number on, compressed
 *   result_<id>_<number>        the result of one target
 *   all_<place>, open_<place>   every operation and the unfinished ones, newest first
 *   send_...                    what is to be sent about it (table-outbox.ts)
 */

const targetsPerRow = 500;

/** The most rows of one transaction. */
const mostTogether = 100;

/** The operations in a table. An operation and the results that come with it change as one. */
export function createTableOperations({ reading, writing, ready }: Tables): OperationStore {
  async function getOperation(id: string): Promise<(StoredOperation & { readonly etag: string }) | null> {
    await ready();
    const row = await readRow(reading, partition, `operation_${id}`);
    if (!row) return null;
    return { operation: readOperation(unpackText(row)), version: Number(row.version), etag: row.etag };
  }

  async function* rowsBetween(from: string, before: string): AsyncGenerator<Record<string, unknown>> {
    await ready();
    const filter = odata`PartitionKey eq ${partition} and RowKey ge ${from} and RowKey lt ${before}`;
    yield* reading.listEntities<Record<string, unknown>>({ queryOptions: { filter } });
  }

  return {
    async createOperation(operation, targets) {
      await ready();
      const place = placeOf(operation);
      const rows = [
        operationRow(operation, 1),
        ...targetRows(operation.id, targets),
        row(`all_${place}`),
        row(`open_${place}`),
      ];
      try {
        await writing.submitTransaction(rows.map((one): TransactionAction => ["create", one]));
        return "created";
      } catch (error) {
        if (isRestError(error) && error.code === "EntityAlreadyExists") return "exists";
        throw error;
      }
    },

    getOperation,

    async saveOperation(operation, version, results, deliveries = []) {
      const before = await getOperation(operation.id);
      if (before?.version !== version) return "conflict";
      const rows = results.map((one) => row(resultKey(operation.id, one.number), { body: JSON.stringify(one) }));
      const closes = operation.state === "ended" && before.operation.state !== "ended";
      const last: TransactionAction[] = [
        ["update", operationRow(operation, version + 1), "Replace", { etag: before.etag }],
        ...(closes ? [["delete", row(`open_${placeOf(operation)}`)] as TransactionAction] : []),
        ...deliveries.map((one): TransactionAction => ["upsert", deliveryRow(partition, one), "Replace"]),
      ];
      // Results are the same however often they are written; the operation comes with the last of them.
      const room = mostTogether - last.length;
      for (let first = 0; ; first += room) {
        const some = rows.slice(first, first + room).map((one): TransactionAction => ["upsert", one, "Replace"]);
        const isLast = first + room >= rows.length;
        try {
          await writing.submitTransaction(isLast ? [...last, ...some] : some);
        } catch (error) {
          if (isRefusedChange(error) && (await getOperation(operation.id))?.version !== version) return "conflict";
          throw error;
        }
        if (isLast) return "saved";
      }
    },

    async targetsOf(id, from, to) {
      const first = Math.floor(from / targetsPerRow) * targetsPerRow;
      const found: Target[] = [];
      for await (const one of rowsBetween(targetsKey(id, first), targetsKey(id, to))) {
        found.push(...unpackText(one).split("\n").map(readTarget));
      }
      return found.slice(from - first, to - first);
    },

    async resultsOf(id, from, to) {
      const found = [];
      for await (const { body } of rowsBetween(resultKey(id, from), resultKey(id, to))) {
        found.push(readResult(String(body)));
      }
      return found;
    },

    async listOperations({ unfinished = false, limit, after }) {
      const list = unfinished ? "open_" : "all_";
      if (after !== undefined && runAt(after) === null) return { operations: [], next: null };
      const places: string[] = [];
      // Keys of this list alone: a place begins with a digit, and `:` comes after all of these.
      for await (const { rowKey } of rowsBetween(`${list}${after === undefined ? "" : `${after}!`}`, `${list}:`)) {
        places.push(String(rowKey).slice(list.length));
        if (places.length > limit) break;
      }
      const page = places.slice(0, limit);
      const rows = await Promise.all(
        page.map((place) => readRow(reading, partition, `operation_${runAt(place) ?? ""}`)),
      );
      return {
        operations: rows.flatMap((one) => (one && readListed(textOf(one))) ?? []),
        next: places.length > limit ? (page.at(-1) ?? null) : null,
      };
    },

    async removeOperation({ id, createdAt }) {
      const stored = await getOperation(id);
      if (stored?.operation.state !== "ended") return;
      // The operation last: what was interrupted is found again.
      for (const kind of ["result", "targets"]) {
        for await (const { rowKey } of rowsBetween(`${kind}_${id}_`, `${kind}_${id}_:`)) {
          await orNull(404, writing.deleteEntity(partition, String(rowKey)));
        }
      }
      await orNull(404, writing.deleteEntity(partition, `all_${placeOf({ id, createdAt })}`));
      await orNull(404, writing.deleteEntity(partition, `operation_${id}`));
    },
  };
}

/** Empty when the row's text is damaged. */
function textOf(stored: Record<string, unknown>): string {
  try {
    return unpackText(stored);
  } catch {
    return "";
  }
}

function row(rowKey: string, properties: Record<string, unknown> = {}): Row {
  return { partitionKey: partition, rowKey, ...properties };
}

function operationRow(operation: FleetOperation, version: number): Row {
  const body = packText(JSON.stringify(operation), `Operation ${operation.id}`);
  return row(`operation_${operation.id}`, { version, ...body });
}

function targetRows(id: string, targets: readonly Target[]): Row[] {
  return Array.from({ length: Math.ceil(targets.length / targetsPerRow) }, (_, at) => {
    const some = targets.slice(at * targetsPerRow, (at + 1) * targetsPerRow);
    const text = some.map((target) => JSON.stringify(target)).join("\n");
    return row(targetsKey(id, at * targetsPerRow), packText(text, `A part of the VMs of operation ${id}`));
  });
}

/** Keys are sorted as texts. */
function padded(number: number): string {
  return String(number).padStart(6, "0");
}

function targetsKey(id: string, number: number): string {
  return `targets_${id}_${padded(number)}`;
}

function resultKey(id: string, number: number): string {
  return `result_${id}_${padded(number)}`;
}

/** A concurrent change: a row was changed (412), deleted (404) or created (409). */
function isRefusedChange(error: unknown): boolean {
  return isRestError(error) && [404, 409, 412].includes(error.statusCode ?? 0);
}
