import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { factQuery, pageQuery } from "../../lib/local/sqlite-pages.ts";
import { openSqliteStore, sqliteProblem } from "../../lib/local/sqlite-store.ts";
import { storedRun } from "../fixtures/stored-run.ts";

/* What every store does is in test/contract/run-store.test.ts; here is what only this one has. */

describe("the store in a SQLite file", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sqlite-store-"));
    file = join(folder, "runs.sqlite");
    openSqliteStore(file).close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  // Windows has no modes: there the permissions of the folder decide.
  test("is for nobody else to read or write, with the files beside it, also when it was made otherwise before", () => {
    const modes = () =>
      readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
    const own = process.platform === "win32" ? "666" : "600";
    const names = ["runs.sqlite", "runs.sqlite-shm", "runs.sqlite-wal"];
    chmodSync(file, 0o644);
    const umask = process.umask(0o022);
    const store = openSqliteStore(file);
    expect(modes().sort()).toEqual(names.map((name) => [name, own]));
    store.close();
    process.umask(umask);
  });

  test.each([
    ["every run", [], "runs_newest"],
    ["those of a VM", ["vm_key = :vm"], "runs_of_vm"],
    ["the unfinished ones", ["unfinished = 1"], "runs_unfinished"],
    ["the unfinished ones of a VM", ["vm_key = :vm", "unfinished = 1"], "runs_unfinished_of_vm"],
  ])("has an index that lists %s in order, without sorting", (_, conditions, index) => {
    const db = new DatabaseSync(file);
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${pageQuery(conditions)}`).all();
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(new RegExp(`USING INDEX ${index}\\b`))]);
    db.close();
  });

  test("selects finished runs by what their index holds, and reads the text of the unfinished ones alone", () => {
    const db = new DatabaseSync(file);
    const outcome = "CASE WHEN json_valid(body) THEN json_extract(body, '$.outcome.kind') END IN ('failed')";
    const query = factQuery(["state IN ('ended')", outcome]);
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => String(detail));
    expect(plan).toContainEqual(expect.stringMatching(/USING INDEX runs_finished\b/));
    expect(plan).toContainEqual(expect.stringMatching(/USING INDEX runs_unfinished\b/));
    const calls = db.prepare(`EXPLAIN ${query}`).all();
    expect(calls.filter(({ p4 }) => String(p4).startsWith("json_extract"))).toHaveLength(1);
    db.close();
  });

  test("opens a file of before it could tell the unfinished runs from the others", async () => {
    const old = new DatabaseSync(file);
    old.exec(
      "DROP INDEX runs_unfinished; DROP INDEX runs_unfinished_of_vm; DROP INDEX runs_finished; ALTER TABLE runs DROP COLUMN unfinished; PRAGMA user_version = 0;",
    );
    const insert = old.prepare("INSERT INTO runs VALUES (?, 'a', ?, ?, 1, ?)");
    for (const run of [
      storedRun(1),
      storedRun(2, { state: "ended" }),
      storedRun(3, { state: "ended", fixDue: true }),
    ]) {
      insert.run(run.id, run.state, run.createdAt, JSON.stringify(run));
    }
    old.close();
    for (const _ of ["migrated", "as it is now"]) {
      const store = openSqliteStore(file);
      const { runs } = await store.list({ unfinished: true, limit: 9 });
      expect(runs.map(({ id }) => id)).toEqual([storedRun(3).id, storedRun(1).id]);
      expect((await store.list({ limit: 9 })).runs).toHaveLength(3);
      store.close();
    }
  });

  test("says that others are writing, and calls everything else a surprise", () => {
    const [one, two] = [new DatabaseSync(file), new DatabaseSync(file)];
    one.exec("BEGIN IMMEDIATE");
    let thrown: unknown;
    try {
      two.exec("BEGIN IMMEDIATE");
    } catch (error) {
      thrown = error;
    }
    expect(sqliteProblem(thrown)).toMatchObject({ code: "store-conflict", retryable: true });
    expect(sqliteProblem(new Error("no such table"))).toBeNull();
    one.close();
    two.close();
  });
});
