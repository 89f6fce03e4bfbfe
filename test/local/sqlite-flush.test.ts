import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCheckpoints } from "../../lib/local/sqlite-checkpoints.ts";
import { createFlusher } from "../../lib/local/sqlite-flush.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { storedRun } from "../fixtures/stored-run.ts";

/** A disk whose flushes end when they are told to. */
function slowDisk() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const flush = Promise.withResolvers<void>();
    flushes.push(flush);
    return flush.promise;
  };
  return { flushes, flusher: createFlusher(sync) };
}

const settled = async (promise: Promise<unknown>) => {
  const pending = Symbol("pending");
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
};

describe("flushes of the disk", () => {
  test("that are asked for at the same time are one", async () => {
    const { flushes, flusher } = slowDisk();
    flusher.committed();
    const first = flusher.flush();
    const others = [1, 2, 3].map(() => {
      flusher.committed();
      return flusher.flush();
    });
    flushes[0]?.resolve();
    await first;
    // What was committed while the first one ran may have missed it.
    expect(await settled(Promise.race(others))).toBe(false);
    flushes[1]?.resolve();
    await Promise.all(others);
    expect(flushes).toHaveLength(2);
  });

  test("are not made when nothing was committed since", async () => {
    const { flushes, flusher } = slowDisk();
    await flusher.flush();
    flusher.committed();
    const flush = flusher.flush();
    flushes[0]?.resolve();
    await flush;
    await flusher.flush();
    expect(flushes).toHaveLength(1);
  });

  test("that fail are told to those who wait for them, and made again", async () => {
    const { flushes, flusher } = slowDisk();
    flusher.committed();
    const first = flusher.flush();
    const second = flusher.flush();
    flushes[0]?.reject(new Error("disk I/O error"));
    await expect(first).rejects.toThrow("disk I/O error");
    expect(await settled(second)).toBe(false);
    flushes[1]?.resolve();
    await second;
  });
});

describe("the store in a file", () => {
  let folder: string;
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  test("has everything when it was closed, with nothing left in the log", async () => {
    folder = mkdtempSync(join(tmpdir(), "sqlite-flush-"));
    const file = join(folder, "runs.sqlite");
    const store = openSqliteStore(file);
    await store.create(storedRun(1));
    const unawaited = store.create(storedRun(2));
    store.close();
    await unawaited;
    expect(() => readFileSync(`${file}-wal`)).toThrow("ENOENT");
    const again = openSqliteStore(file);
    expect((await again.list({ limit: 9 })).runs).toHaveLength(2);
    again.close();
  });

  test("copies its log by a thread, while others read and write", async () => {
    folder = mkdtempSync(join(tmpdir(), "sqlite-flush-"));
    const file = join(folder, "runs.sqlite");
    openSqliteStore(file).close();
    const db = new DatabaseSync(file, { timeout: 5000 });
    db.exec("PRAGMA wal_autocheckpoint = 0");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const checkpoints = createCheckpoints(file);
    const log = () => db.prepare("PRAGMA wal_checkpoint(NOOP)").get();
    const insert = db.prepare("INSERT INTO reservations VALUES (?, ?, '')");
    for (let number = 0; number < 100; number += 1) insert.run(`key-${number}`, "x".repeat(5000));
    const before = Number(log()?.log);
    checkpoints.wrote();
    vi.advanceTimersByTime(5000);
    vi.useRealTimers();
    // The first write after the checkpoint begins the log anew, and is the thread's.
    await expect.poll(() => Number(log()?.log), { timeout: 20_000 }).toBeLessThan(10);
    expect(before).toBeGreaterThan(100);
    checkpoints.close();
    db.close();
  });
});
