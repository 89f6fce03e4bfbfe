import type { DatabaseSync } from "node:sqlite";
import type { Delivery } from "../core/delivery.ts";
import type { OperationStore } from "../fleet/ports.ts";
import { readListed, readOperation, readResult, readTarget } from "../fleet/stored-operation.ts";
import type { Commits } from "./sqlite-commits.ts";

/** The operations in a SQLite file. */
export function createOperations(
  db: DatabaseSync,
  { durably }: Pick<Commits, "durably">,
  outbox: { add(deliveries: readonly Delivery[]): void },
): OperationStore {
  const insert = db.prepare("INSERT OR IGNORE INTO operations VALUES (?, ?, 1, ?, 1)");
  const insertTarget = db.prepare("INSERT INTO operation_targets VALUES (?, ?, ?, NULL)");
  const select = db.prepare("SELECT version, body FROM operations WHERE id = ?");
  const update = db.prepare(
    "UPDATE operations SET version = version + 1, body = ?, unfinished = ? WHERE id = ? AND version = ?",
  );
  const setResult = db.prepare("UPDATE operation_targets SET result = ? WHERE operation_id = ? AND number = ?");
  const targets = db.prepare(
    "SELECT target FROM operation_targets WHERE operation_id = ? AND number >= ? AND number < ? ORDER BY number",
  );
  const results = db.prepare(
    "SELECT result FROM operation_targets WHERE operation_id = ? AND number >= ? AND number < ? AND result IS NOT NULL ORDER BY number",
  );
  const page = (condition: string) =>
    db.prepare(
      `SELECT body, created_at, id FROM operations WHERE ${condition} AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
    );
  const pages = { all: page("TRUE"), unfinished: page("unfinished = 1") };
  const remove = db.prepare("DELETE FROM operations WHERE id = ? AND unfinished = 0");
  const removeTargets = db.prepare("DELETE FROM operation_targets WHERE operation_id = ?");

  return {
    async createOperation(operation, all) {
      const created = await durably(() => {
        const { changes } = insert.run(operation.id, operation.createdAt, JSON.stringify(operation));
        if (changes === 0) return false;
        for (const [number, target] of all.entries()) insertTarget.run(operation.id, number, JSON.stringify(target));
        return true;
      });
      return created ? "created" : "exists";
    },
    async getOperation(id) {
      const row = select.get(id);
      return row ? { operation: readOperation(String(row.body)), version: Number(row.version) } : null;
    },
    async saveOperation(operation, version, ended, deliveries = []) {
      const { id, state } = operation;
      const saved = await durably(() => {
        const { changes } = update.run(JSON.stringify(operation), Number(state !== "ended"), id, version);
        if (changes === 0) return false;
        for (const result of ended) setResult.run(JSON.stringify(result), id, result.number);
        outbox.add(deliveries);
        return true;
      });
      return saved ? "saved" : "conflict";
    },
    async targetsOf(id, from, to) {
      return targets.all(id, from, to).map(({ target }) => readTarget(String(target)));
    },
    async resultsOf(id, from, to) {
      return results.all(id, from, to).map(({ result }) => readResult(String(result)));
    },
    async listOperations({ unfinished = false, limit, after }) {
      // Comes before every time there is.
      const [at = "9999", id = ""] = after?.split("|") ?? [];
      const rows = pages[unfinished ? "unfinished" : "all"].all(at, id, limit + 1);
      const last = rows[limit - 1];
      return {
        operations: rows.slice(0, limit).flatMap(({ body }) => readListed(String(body)) ?? []),
        next: rows.length > limit && last ? `${last.created_at}|${last.id}` : null,
      };
    },
    async removeOperation({ id }) {
      await durably(() => {
        const { changes } = remove.run(id);
        if (changes === 1) removeTargets.run(id);
      });
    },
  };
}
