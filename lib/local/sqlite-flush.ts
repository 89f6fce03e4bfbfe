import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { promisify } from "node:util";

/** Brings what was committed to the disk, without stopping the process while the disk is busy. */
export interface Flusher {
  /** Something was committed. */
  committed(): void;
  /** Resolves when everything that is committed now is on the disk. Callers that wait at the same time share a flush. */
  flush(): Promise<void>;
  /** Flushes at once, and lets go of the file. */
  close(): void;
}

/**
 * Flushes the write-ahead log of a SQLite file. With `synchronous = NORMAL` SQLite writes a commit to the log and leaves it
 * to the operating system when it reaches the disk (sqlite.org/pragma.html#pragma_synchronous); `FULL` would wait for the
 * disk inside of the commit, which stops the process: for seconds, on a disk that others keep busy.
 */
export function createLogFlusher(file: string): Flusher {
  let descriptor: number | null = null;
  let isClosed = false;

  // SQLite keeps no lock on the log, which closing another descriptor of a file would release (sqlite.org/howtocorrupt.html).
  function open(): number {
    descriptor ??= openSync(`${file}-wal`, "r+");
    return descriptor;
  }

  async function sync(): Promise<void> {
    // Closing has flushed everything.
    if (isClosed) return;
    try {
      await promisify(fdatasync)(open());
    } catch (error) {
      if (!isClosed) throw error;
    }
  }

  const flusher = createFlusher(sync);
  let hasCommits = false;
  return {
    committed() {
      hasCommits = true;
      flusher.committed();
    },
    flush: flusher.flush,
    close() {
      if (hasCommits) fdatasyncSync(open());
      isClosed = true;
      if (descriptor !== null) closeSync(descriptor);
    },
  };
}

/** One flush at a time; what is committed while it runs is flushed by the next one. */
export function createFlusher(sync: () => Promise<void>): Omit<Flusher, "close"> {
  let commits = 0;
  let onDisk = 0;
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;

  async function start(): Promise<void> {
    const these = commits;
    try {
      await sync();
      onDisk = these;
    } finally {
      running = null;
    }
  }

  /** A flush that fails is reported to those who waited for it; the next ones flush again. */
  async function follow(before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    following = null;
    await flush();
  }

  function flush(): Promise<void> {
    if (onDisk === commits) return Promise.resolve();
    if (running) {
      following ??= follow(running);
      return following;
    }
    running = start();
    return running;
  }

  return {
    committed() {
      commits += 1;
    },
    flush,
  };
}

/** For a database that has no file, or whose log SQLite flushes by itself. */
export const noFlusher: Flusher = { committed: () => {}, flush: async () => {}, close: () => {} };
