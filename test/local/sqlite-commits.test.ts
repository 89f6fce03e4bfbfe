import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Commits, createCommits } from "../../lib/local/sqlite-commits.ts";
import { sqliteProblem } from "../../lib/local/sqlite-store.ts";

let db: DatabaseSync;
let commits: Commits;
let disk: Parameters<typeof createCommits>[1];
let flushes: number;
/** The statements that begin, commit and roll back, in order; without settings of the connection. */
let transactions: string[];
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT");
  transactions = [];
  const exec = db.exec.bind(db);
  db.exec = (sql) => {
    if (!sql.startsWith("PRAGMA")) transactions.push(sql);
    exec(sql);
  };
  flushes = 0;
  disk = {
    committed: () => {},
    flush: async () => {
      flushes += 1;
    },
  };
  commits = createCommits(db, disk);
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

  test("are not there before they are flushed, and closing flushes them", async () => {
    const written = commits.durably(insert(1));
    expect(numbers()).toEqual([]);
    commits.close();
    expect(numbers()).toEqual([1]);
    expect(await written).toBe(1);
  });

  test("resolve when they are on the disk, and not before", async () => {
    const flushed = Promise.withResolvers<void>();
    commits = createCommits(db, { ...disk, flush: () => flushed.promise });
    let isWritten = false;
    const written = commits.durably(insert(1)).then(() => {
      isWritten = true;
    });
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    expect([numbers(), isWritten]).toEqual([[1], false]);
    flushed.resolve();
    await written;
  });

  test("fail when the disk does", async () => {
    commits = createCommits(db, { ...disk, flush: () => Promise.reject(new Error("disk I/O error")) });
    await expect(commits.durably(insert(1))).rejects.toThrow("disk I/O error");
  });

  test("one that fails does not fail the others", async () => {
    const all = await Promise.allSettled([1, 1, 2].map((number) => commits.durably(insert(number))));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(numbers()).toEqual([1, 2]);
  });

  test("fail alone when the transaction cannot begin, and the next ones succeed", async () => {
    const exec = db.exec;
    db.exec = () => {
      throw new Error("disk I/O error");
    };
    await expect(commits.durably(insert(1))).rejects.toThrow("disk I/O error");
    db.exec = exec;
    expect(await commits.durably(insert(1))).toBe(1);
  });
});

test("an unflushed write is there at once, and does not wait for the disk", async () => {
  const unflushed = commits.unflushed(insert(1));
  expect(numbers()).toEqual([1]);
  expect(await unflushed).toBe(1);
  expect(flushes).toBe(0);
});

describe("while another program is writing", () => {
  let folder: string;
  let other: DatabaseSync;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "commits-"));
    const file = join(folder, "numbers.sqlite");
    other = new DatabaseSync(file);
    other.exec("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT");
    db.close();
    db = new DatabaseSync(file);
    commits = createCommits(db, disk);
    other.exec("BEGIN IMMEDIATE");
  });
  afterEach(() => {
    commits.close();
    other.close();
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  // It would never end if the writes stopped the process: the lock is released by this process.
  test("writes wait, without stopping the process, and succeed when it has finished", async () => {
    const written = Promise.all([
      commits.durably(insert(1)),
      commits.unflushed(insert(2)),
      ...[3, 4, 5].map((number) => commits.unflushed(insert(number))),
    ]);
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    expect(numbers()).toEqual([]);
    other.exec("COMMIT");
    expect(await written).toEqual([1, 1, 1, 1, 1]);
    expect(await commits.unflushed(insert(6))).toBe(1);
  });

  test("however many writes wait, one try finds out whether it has finished", async () => {
    let begun = 0;
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql === "BEGIN IMMEDIATE") begun += 1;
      exec(sql);
    };
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const written = Array.from({ length: 500 }, (_, number) => commits.unflushed(insert(number)));
    vi.advanceTimersByTime(100);
    expect(begun).toBeLessThanOrEqual(11);
    other.exec("COMMIT");
    vi.advanceTimersByTime(10);
    await Promise.all(written);
    expect(numbers()).toHaveLength(500);
  });

  test("hundreds that waited are written over several turns, so that requests come in between", async () => {
    let goOn = 0;
    const written = Promise.all(
      Array.from({ length: 500 }, async (_, number) => {
        await commits.unflushed(insert(number));
        goOn += 1;
      }),
    );
    other.exec("COMMIT");
    const inATurn: number[] = [];
    for (let before = 0; goOn < 500; before = goOn) {
      await setImmediate();
      inATurn.push(goOn - before);
    }
    await written;
    expect(Math.max(...inATurn)).toBeLessThanOrEqual(64);
    expect(numbers()).toHaveLength(500);
  });

  test("their patience ends, and those that came later wait on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const first = commits.unflushed(insert(1)).catch((error: Error) => error);
    vi.advanceTimersByTime(1500);
    const second = commits.unflushed(insert(2));
    vi.advanceTimersByTime(600);
    expect(sqliteProblem(await first)).toMatchObject({ code: "store-conflict", retryable: true });
    other.exec("COMMIT");
    vi.advanceTimersByTime(10);
    expect(await second).toBe(1);
    expect(numbers()).toEqual([2]);
  });
});
