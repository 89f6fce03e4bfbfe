import type { DatabaseSync } from "node:sqlite";
import type { Delivery, Outbox } from "../core/delivery.ts";
import type { Commits } from "./sqlite-commits.ts";

/** The table of what is to be sent. Every version of the schema has it, so it needs no version of its own. */
export const deliveryTable = `
  CREATE TABLE IF NOT EXISTS deliveries (
    receiver TEXT NOT NULL, subject TEXT NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL, at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, not_before TEXT, first_attempt_at TEXT,
    PRIMARY KEY (receiver, subject, sequence)
  ) STRICT;
`;

/** The deliveries in a SQLite file. `add` is called within the transaction that saves their subject. */
export function createOutbox(
  db: DatabaseSync,
  { durably }: Pick<Commits, "durably">,
): Outbox & {
  add(deliveries: readonly Delivery[]): void;
} {
  const insert = db.prepare(
    "INSERT OR IGNORE INTO deliveries (receiver, subject, sequence, event, at) VALUES (?, ?, ?, ?, ?)",
  );
  const select = db.prepare("SELECT * FROM deliveries ORDER BY receiver, subject, sequence");
  const key = "receiver = ? AND subject = ? AND sequence = ?";
  // Each attempt is counted before it is made, so the count and the time tell whether somebody else has changed the row.
  const update = db.prepare(
    `UPDATE deliveries SET attempts = ?, not_before = ?, first_attempt_at = ?
     WHERE ${key} AND attempts || ' ' || COALESCE(not_before, '') = ?`,
  );
  const remove = db.prepare(`DELETE FROM deliveries WHERE ${key}`);

  return {
    add(deliveries) {
      for (const { receiver, subject, sequence, event, at } of deliveries) {
        insert.run(receiver, subject, sequence, event, at);
      }
    },
    async pendingDeliveries() {
      return select.all().map((row) => {
        const [attempts, notBefore] = [Number(row.attempts), textOrNull(row.not_before)];
        return {
          receiver: String(row.receiver),
          subject: String(row.subject),
          sequence: Number(row.sequence),
          event: String(row.event),
          at: String(row.at),
          attempts,
          notBefore,
          firstAttemptAt: textOrNull(row.first_attempt_at),
          revision: revisionOf(attempts, notBefore),
        };
      });
    },
    async saveDelivery(delivery, progress) {
      const { receiver, subject, sequence, revision } = delivery;
      const { attempts, notBefore, firstAttemptAt } = progress;
      const { changes } = await durably(() =>
        update.run(attempts, notBefore, firstAttemptAt, receiver, subject, sequence, revision),
      );
      return changes === 1 ? { ...delivery, ...progress, revision: revisionOf(attempts, notBefore) } : null;
    },
    async removeDelivery({ receiver, subject, sequence }) {
      await durably(() => remove.run(receiver, subject, sequence));
    },
  };
}

function revisionOf(attempts: number, notBefore: string | null): string {
  return `${attempts} ${notBefore ?? ""}`;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
