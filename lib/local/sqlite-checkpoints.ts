import { Worker } from "node:worker_threads";

/**
 * Copies SQLite's write-ahead log into its file from time to time, in a thread of its own: SQLite would do so inside of a commit,
 * and a checkpoint waits for the disk several times.
 */
export interface Checkpoints {
  /** Something was committed. */
  wrote(): void;
  close(): void;
}

/** A process that lives shorter has no thread: the last one to close the file makes the checkpoint. */
const everyMs = 5000;

/**
 * In pages: 256 MB. SQLite makes a checkpoint by itself when the log is longer than the thread should ever let it get. A storm of
 * alerts writes 12 MB a second.
 */
export const longestLog = 65_536;

/** How long closing waits for a checkpoint that has begun. */
const closingMs = 10_000;

/**
 * The first write after a checkpoint begins the log anew, and waits for the disk. So the thread makes it. As source text: a
 * thread from a file would have to be found in the package and in the executable, too.
 */
const thread = `
  const { parentPort, workerData: { file, closed } } = require("node:worker_threads");
  const { DatabaseSync } = require("node:sqlite");
  const db = new DatabaseSync(file, { timeout: 1000 });
  db.exec("PRAGMA synchronous = NORMAL");
  parentPort.on("message", (message) => {
    if (message === "close") {
      db.close();
      Atomics.store(closed, 0, 1);
      Atomics.notify(closed, 0);
      parentPort.close();
      return;
    }
    try {
      db.exec("PRAGMA wal_checkpoint(PASSIVE)");
      db.exec("PRAGMA wal_checkpoint(RESTART)");
      db.exec("INSERT OR REPLACE INTO reservations (key, owner, until) VALUES ('checkpoint', '', '')");
    } catch {
      // A locked file or a full disk: the next one will do.
    }
    parentPort.postMessage("done");
  });
`;

export function createCheckpoints(file: string): Checkpoints {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | null = null;
  let next: NodeJS.Timeout | null = null;
  let isBusy = false;
  let isDue = false;

  function checkpoint(): void {
    next = null;
    isBusy = true;
    isDue = false;
    worker ??= start();
    worker.postMessage("checkpoint");
  }

  function start(): Worker {
    const started = new Worker(thread, { eval: true, workerData: { file, closed } });
    started.unref();
    started.on("message", () => {
      isBusy = false;
      if (isDue) schedule();
    });
    // Without it SQLite makes the checkpoints by itself.
    started.on("error", () => {
      Atomics.store(closed, 0, 1);
    });
    return started;
  }

  function schedule(): void {
    next ??= setTimeout(checkpoint, everyMs).unref();
  }

  return {
    wrote() {
      if (isBusy) isDue = true;
      else schedule();
    },
    close() {
      if (next) clearTimeout(next);
      isBusy = true;
      worker?.postMessage("close");
      if (worker) Atomics.wait(closed, 0, 0, closingMs);
    },
  };
}
