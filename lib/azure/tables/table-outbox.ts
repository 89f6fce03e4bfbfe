import { odata } from "@azure/data-tables";
import type { Delivery, Outbox, PendingDelivery } from "../../core/delivery.ts";
import { operationPartition, type Row, runPartition } from "./run-rows.ts";
import { orNull, type Tables } from "./table-connection.ts";

/*
 * Deliveries as rows of the partition of their run or operation, because only there they change with it as one:
 *
 *   send_<receiver>_<id of the run or operation>_<sequence>
 */

const prefix = "send_";

/** The row of a new delivery, for the transaction that saves its subject. */
export function deliveryRow(partitionKey: string, delivery: Delivery): Row {
  const { receiver, subject, sequence } = delivery;
  const rowKey = `${prefix}${receiver}_${subject}_${String(sequence).padStart(10, "0")}`;
  return { partitionKey, rowKey, ...delivery, attempts: 0 };
}

/** The deliveries in a table. */
export function createTableOutbox({ reading, writing, ready }: Tables): Outbox {
  return {
    async pendingDeliveries() {
      await ready();
      const pending: PendingDelivery[] = [];
      for (const partition of [runPartition, operationPartition]) {
        const filter = odata`PartitionKey eq ${partition} and RowKey gt ${prefix} and RowKey lt ${`${prefix}~`}`;
        for await (const row of reading.listEntities<Record<string, unknown>>({ queryOptions: { filter } })) {
          pending.push(readDelivery(partition, row));
        }
      }
      return pending;
    },
    async saveDelivery(delivery, progress) {
      const { partitionKey, etag } = addressOf(delivery);
      const { receiver, subject, sequence, event, at } = delivery;
      const { notBefore, firstAttemptAt, attempts } = progress;
      const row = {
        ...deliveryRow(partitionKey, { receiver, subject, sequence, event, at }),
        attempts,
        ...(notBefore !== null && { notBefore }),
        ...(firstAttemptAt !== null && { firstAttemptAt }),
      };
      const saved = await orNull(404, orNull(412, writing.updateEntity(row, "Replace", { etag })));
      return saved && { ...delivery, ...progress, revision: revisionOf(partitionKey, saved.etag ?? "") };
    },
    async removeDelivery(delivery) {
      const { partitionKey } = addressOf(delivery);
      await orNull(404, writing.deleteEntity(partitionKey, deliveryRow(partitionKey, delivery).rowKey));
    },
  };
}

function readDelivery(partition: string, row: Record<string, unknown>): PendingDelivery {
  return {
    receiver: String(row.receiver),
    subject: String(row.subject),
    sequence: Number(row.sequence),
    event: String(row.event),
    at: String(row.at),
    attempts: Number(row.attempts),
    notBefore: row.notBefore === undefined ? null : String(row.notBefore),
    firstAttemptAt: row.firstAttemptAt === undefined ? null : String(row.firstAttemptAt),
    revision: revisionOf(partition, String(row.etag)),
  };
}

function revisionOf(partition: string, etag: string): string {
  return `${partition} ${etag}`;
}

function addressOf({ revision }: PendingDelivery): { partitionKey: string; etag: string } {
  const gap = revision.indexOf(" ");
  return { partitionKey: revision.slice(0, gap), etag: revision.slice(gap + 1) };
}
