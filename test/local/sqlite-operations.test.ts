import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { newOperation } from "../fleet/operations.ts";

test("an operation that cannot be read keeps no other from being listed, and stays as it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operations-"));
  const file = join(folder, "runs.sqlite");
  const ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
  let store = openSqliteStore(file);
  for (const id of ids) {
    const { operation, targets } = newOperation(2, {}, { id });
    await store.createOperation(operation, targets);
  }
  store.close();
  const db = new DatabaseSync(file);
  db.prepare("UPDATE operations SET body = ? WHERE id = ?").run('{"format":99}', ids[0] ?? "");
  db.close();
  store = openSqliteStore(file);
  const { operations } = await store.listOperations({ unfinished: true, limit: 10 });
  expect(operations.map(({ id }) => id)).toEqual([ids[1]]);
  await expect(store.getOperation(ids[0] ?? "")).rejects.toThrow();
  store.close();
  rmSync(folder, { recursive: true });
});
