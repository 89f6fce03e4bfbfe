import { odata } from "@azure/data-tables";
import { UnreadableRun } from "../../core/stored-run.ts";
import type { RunStore } from "../../runs/ports.ts";
import { digestOf, type Head, type Row } from "./run-rows.ts";
import { orNull, readRow, type Tables } from "./table-connection.ts";

const claims = "claims";
const reservations = "reservations";

/** More often than others can come in between in any sane order of events. */
const mostTries = 10;

/** Claims on VMs and reservations: one row each, written only if unchanged since it was read. */
export function createTableClaims(
  { reading, writing, ready }: Tables,
  runs: {
    head(runId: string): Promise<Head | null>;
    setUnreadableAside(runId: string, unsavedSince: string): Promise<boolean>;
  },
): Pick<RunStore, "claim" | "release" | "reserve" | "reservedBy" | "expireReservations"> {
  return {
    async claim(vmKey, runId, unsavedSince) {
      const row = { partitionKey: claims, rowKey: digestOf(vmKey), runId, vm: vmKey };
      // Whether the holder has ended cannot change back, so the answer holds until the row is replaced.
      const isFree = async (by: string) =>
        (await hasEnded(by)) || (unsavedSince !== undefined && (await runs.setUnreadableAside(by, unsavedSince)));
      const holder = await take(row, async (held) => held.runId !== runId && (await isFree(String(held.runId))));
      return { held: holder.runId === runId, by: String(holder.runId) };
    },

    async release(vmKey, runId) {
      await ready();
      const held = await readRow(reading, claims, digestOf(vmKey));
      if (held?.runId !== runId) return;
      // Fails when another run has taken over the claim meanwhile: then there is nothing to release.
      await orNull(404, orNull(412, writing.deleteEntity(claims, digestOf(vmKey), { etag: held.etag })));
    },

    async reserve(key, owner, until, now) {
      const row = { partitionKey: reservations, rowKey: digestOf(key), owner, until };
      const made = await take(row, async (found) => Date.parse(String(found.until)) <= Date.parse(now));
      return made.owner === owner;
    },

    async reservedBy(key, now) {
      await ready();
      const found = await readRow(reading, reservations, digestOf(key));
      return found && Date.parse(String(found.until)) > Date.parse(now) ? String(found.owner) : null;
    },

    async expireReservations(now) {
      await ready();
      const filter = odata`PartitionKey eq ${reservations} and until le ${now}`;
      for await (const { rowKey, etag } of reading.listEntities({ queryOptions: { filter, select: ["RowKey"] } })) {
        // Refused when somebody has made it his own in between.
        await orNull(404, orNull(412, writing.deleteEntity(reservations, String(rowKey), { etag: String(etag) })));
      }
    },
  };

  /** A run that cannot be read may be at work in another version of this service. */
  async function hasEnded(runId: string): Promise<boolean> {
    try {
      const head = await runs.head(runId);
      return head === null || head.state === "ended";
    } catch (error) {
      if (error instanceof UnreadableRun) return false;
      throw error;
    }
  }

  /** Puts a row where there is none, or one that may be replaced. Answers the row that is there then. */
  async function take(
    row: Row,
    mayReplace: (found: Record<string, unknown>) => Promise<boolean>,
  ): Promise<Record<string, unknown>> {
    await ready();
    for (let tries = 0; tries < mostTries; tries += 1) {
      if (await orNull(409, writing.createEntity(row))) return row;
      const found = await readRow(reading, row.partitionKey, row.rowKey);
      if (!found) continue;
      if (!(await mayReplace(found))) return found;
      if (await orNull(404, orNull(412, writing.updateEntity(row, "Replace", { etag: found.etag })))) return row;
    }
    throw new Error(
      `The row ${row.rowKey} in ${row.partitionKey} changed ${mostTries} times while it was to be taken.`,
    );
  }
}
