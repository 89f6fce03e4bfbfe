import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UnusableStore } from "../../lib/local/sqlite-file.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { storedRun } from "../fixtures/stored-run.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "schema-"));
  file = join(folder, "runs.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The tables as earlier versions of this program made them. */
const former = {
  "without the column of unfinished runs": `
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, vm_key TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
      version INTEGER NOT NULL, body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE claims (vm_key TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
    CREATE TABLE reservations (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT;`,
  "without a version": `
    CREATE TABLE runs (
      id TEXT PRIMARY KEY, vm_key TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
      version INTEGER NOT NULL, body TEXT NOT NULL, unfinished INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE TABLE claims (vm_key TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
    CREATE TABLE reservations (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT;
    CREATE TABLE leases (
      run_id TEXT PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, renewed_at INTEGER NOT NULL
    ) STRICT;`,
};

function withDatabase<T>(work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function versionOf(db: DatabaseSync) {
  return db.prepare("PRAGMA user_version").get()?.user_version;
}

/** Everything that a store does, on the run that is there. */
async function expectWorking(): Promise<void> {
  const store = openSqliteStore(file);
  const [old, fresh] = [storedRun(1), storedRun(2)];
  const stored = await store.get(old.id);
  expect(stored?.run).toEqual(old);
  expect(await store.save(old, stored?.version ?? 0)).toBe("saved");
  expect(await store.create(fresh)).toBe("created");
  expect((await store.list({ limit: 10 })).runs.map(({ id }) => id).sort()).toEqual([old.id, fresh.id].sort());
  expect(await store.claim("vm", fresh.id)).toEqual({ held: true, by: fresh.id });
  expect(await store.reserve("key", "owner", "2030-01-01T00:00:00.000Z", "2029-01-01T00:00:00.000Z")).toBe(true);
  expect(await store.lease(fresh.id, new Date())).toBe(true);
  await store.check();
  store.close();
}

describe("a file of an earlier version", () => {
  test.each(Object.entries(former))("%s is brought forward with its runs", async (_, tables) => {
    const run = storedRun(1);
    withDatabase((db) => {
      db.exec(tables);
      db.prepare("INSERT INTO runs (id, vm_key, state, created_at, version, body) VALUES (?, ?, ?, ?, 1, ?)").run(
        run.id,
        "vm",
        run.state,
        run.createdAt,
        JSON.stringify(run),
      );
    });
    await expectWorking();
    expect(withDatabase(versionOf)).toBe(1);
  });

  test("that has no version yet is still one for the program that made it", async () => {
    withDatabase((db) => db.exec(former["without a version"]));
    openSqliteStore(file).close();
    const run = storedRun(1);
    // The statement of that program, which names no columns.
    withDatabase((db) =>
      db
        .prepare("INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, 1, ?, ?)")
        .run(run.id, "vm", run.state, run.createdAt, JSON.stringify(run), 1),
    );
    await expectWorking();
  });
});

describe("a file of a later version", () => {
  /** What a migration may do. */
  const nextVersion = `
    ALTER TABLE runs ADD COLUMN region TEXT NOT NULL DEFAULT '';
    ALTER TABLE claims ADD COLUMN since TEXT NOT NULL DEFAULT '';
    ALTER TABLE reservations ADD COLUMN why TEXT NOT NULL DEFAULT '';
    ALTER TABLE leases ADD COLUMN host TEXT NOT NULL DEFAULT '';
    CREATE TABLE fleets (id TEXT PRIMARY KEY) STRICT;
    CREATE INDEX runs_by_region ON runs (region);
    PRAGMA user_version = 2;`;

  test("one further is worked on, and stays of that version: a release was rolled back", async () => {
    const store = openSqliteStore(file);
    await store.create(storedRun(1));
    store.close();
    withDatabase((db) => db.exec(nextVersion));
    await expectWorking();
    expect(withDatabase(versionOf)).toBe(2);
  });

  test("two further is refused in a sentence, and left as it is", () => {
    openSqliteStore(file).close();
    withDatabase((db) => db.exec("PRAGMA user_version = 3"));
    expect(() => openSqliteStore(file)).toThrow(UnusableStore);
    expect(() => openSqliteStore(file)).toThrow(/is of a later version of this program \(schema 3/);
    expect(withDatabase(versionOf)).toBe(3);
  });
});
