import type { DatabaseSync } from "node:sqlite";
import type { Flusher } from "./sqlite-flush.ts";

/**
 * How writes reach the file. They never wait on the event loop for another program that writes to it: they are tried again,
 * together, until it has finished or their patience is over, and meanwhile the service goes on.
 */
export interface Commits {
  /**
   * Resolves when the write is on the disk. All writes that are asked for in one turn of the event loop share one
   * transaction, and so one flush of the disk. `write` may be called again after a failure. @throws what SQLite throws
   */
  durably<T>(write: () => T): Promise<T>;
  /**
   * Writes at once when nobody else is writing, and does not wait for the disk: a later durable write flushes this one
   * too. A power cut before that loses it; a crash of this process does not. @throws what SQLite throws
   */
  unflushed<T>(write: () => T): Promise<T>;
  /** Resolves when everything that can be read now is on the disk. */
  onDisk(): Promise<void>;
  /** Performs the writes that wait; when another program is writing, they fail. */
  close(): void;
}

/** How long SQLite waits for another program when it reads or opens a file: others start and end. */
export const busyTimeoutMs = 1000;

/** How long a write waits for another program, and how often it is tried. */
const patienceMs = 2000;
const retryMs = 10;

/**
 * How many writes share a transaction. Hundreds wait after another program has written, and whoever asked for them goes on in
 * the same turn of the event loop: requests would wait for all of them.
 */
const mostAtOnce = 32;

interface Waiting {
  readonly write: () => unknown;
  readonly since: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The connection leaves commits in the operating system's hands; the flusher brings them to the disk. */
export function createCommits(db: DatabaseSync, { committed, flush }: Omit<Flusher, "close">): Commits {
  const waiting: Waiting[] = [];
  /** The next try, while another program is writing. */
  let retry: NodeJS.Timeout | undefined;

  function ask<T>(write: () => T): { one: Waiting; result: Promise<T> } {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    return {
      one: { write, since: performance.now(), resolve: resolve as Waiting["resolve"], reject },
      result: promise,
    };
  }

  function wait(one: Waiting): void {
    // While another program writes, the next try takes this one along.
    if (waiting.length === 0 && !retry) setImmediate(writeAll);
    waiting.push(one);
  }

  function writeAll(): void {
    const group = waiting.splice(0, mostAtOnce);
    if (group.length === 0) return;
    const written = perform(group);
    // One that fails must not fail the others.
    if (!written.ok && !isBusy(written.error) && group.length > 1)
      for (const one of group) conclude([one], perform([one]));
    else conclude(group, written);
    if (waiting.length > 0 && !retry) setImmediate(writeAll);
  }

  function conclude(group: readonly Waiting[], written: Written): void {
    if (written.ok || !isBusy(written.error)) {
      settle(group, written);
      return;
    }
    const now = performance.now();
    const isOver = ({ since }: Waiting) => now - since >= patienceMs;
    settle(group.filter(isOver), written);
    waiting.unshift(...group.filter((one) => !isOver(one)));
    if (waiting.length > 0) retry ??= setTimeout(tryAgain, retryMs);
  }

  function tryAgain(): void {
    retry = undefined;
    writeAll();
  }

  function perform(group: readonly Waiting[]): Written {
    try {
      begin();
      const values = group.map(({ write }) => write());
      db.exec("COMMIT");
      committed();
      return { ok: true, values };
    } catch (error) {
      // On a full disk SQLite has rolled back by itself.
      if (db.isTransaction) db.exec("ROLLBACK");
      return { ok: false, error };
    }
  }

  /** SQLite's own waiting for a lock would stop the process. Reading waits for nobody but a process that starts or ends. */
  function begin(): void {
    db.exec("PRAGMA busy_timeout = 0");
    try {
      db.exec("BEGIN IMMEDIATE");
    } finally {
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  return {
    async durably(write) {
      const { one, result } = ask(write);
      wait(one);
      const value = await result;
      await flush();
      return value;
    },
    unflushed(write) {
      const { one, result } = ask(write);
      // Another program is writing: not each of hundreds of runs needs to find that out.
      if (retry) wait(one);
      else conclude([one], perform([one]));
      return result;
    },
    onDisk: flush,
    close() {
      clearTimeout(retry);
      const group = waiting.splice(0);
      if (group.length > 0) settle(group, perform(group));
    },
  };
}

type Written = { ok: true; values: readonly unknown[] } | { ok: false; error: unknown };

function settle(group: readonly Waiting[], written: Written): void {
  for (const [index, one] of group.entries()) {
    if (written.ok) one.resolve(written.values[index]);
    else one.reject(written.error);
  }
}

/** SQLITE_BUSY, whatever the extension of the code (sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === 5
  );
}
