import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Commits, createCommits } from "../../lib/local/sqlite-commits.ts";

let db: DatabaseSync;
let commits: Commits;
/** The statements that begin, commit and roll back, in order. */
let transactions: string[];
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT");
  transactions = [];
  const exec = db.exec.bind(db);
  db.exec = (sql) => {
    transactions.push(sql);
    exec(sql);
  };
  commits = createCommits(db);
});
afterEach(() => db.close());

const insert = (number: number) => () => db.prepare("INSERT INTO numbers VALUES (?)").run(number).changes;
const numbers = () =>
  db
    .prepare("SELECT number FROM numbers ORDER BY number")
    .all()
    .map(({ number }) => number);

describe("durable writes", () => {
  test("of one turn share a transaction, and each gets its own result", async () => {
    const results = await Promise.all([1, 2, 3].map((number) => commits.durably(insert(number))));
    expect(results).toEqual([1, 1, 1]);
    expect(transactions).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    await commits.durably(insert(4));
    expect(numbers()).toEqual([1, 2, 3, 4]);
  });

  test("are not there before they are flushed", async () => {
    const written = commits.durably(insert(1));
    expect(numbers()).toEqual([]);
    commits.flush();
    expect(numbers()).toEqual([1]);
    expect(await written).toBe(1);
  });

  test("one that fails does not fail the others", async () => {
    const all = await Promise.allSettled([1, 1, 2].map((number) => commits.durably(insert(number))));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(numbers()).toEqual([1, 2]);
  });

  test("fail alone when the transaction cannot begin, and the next ones succeed", async () => {
    const exec = db.exec;
    db.exec = () => {
      throw new Error("database is locked");
    };
    await expect(commits.durably(insert(1))).rejects.toThrow("database is locked");
    db.exec = exec;
    expect(await commits.durably(insert(1))).toBe(1);
  });
});

test("an unflushed write is there at once, and the next durable one waits for the disk", () => {
  const synchronous = () => db.prepare("PRAGMA synchronous").get()?.synchronous;
  db.exec("PRAGMA synchronous = FULL");
  let during: unknown;
  commits.unflushed(() => {
    during = synchronous();
    insert(1)();
  });
  expect([during, synchronous()]).toEqual([1, 2]);
  expect(numbers()).toEqual([1]);
});
