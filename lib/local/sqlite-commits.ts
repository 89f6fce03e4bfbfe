import type { DatabaseSync } from "node:sqlite";

/** How writes reach the disk. */
export interface Commits {
  /**
   * Resolves when the write is on the disk. All writes that are asked for in one turn of the event loop share one
   * transaction, and so one flush of the disk.
   */
  durably<T>(write: () => T): Promise<T>;
  /**
   * Writes at once, and does not wait for the disk: a later durable write flushes this one too. A power cut before that
   * loses it; a crash of this process does not.
   */
  unflushed<T>(write: () => T): T;
  /** Performs the writes that wait. */
  flush(): void;
}

interface Waiting {
  readonly write: () => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export function createCommits(db: DatabaseSync): Commits {
  const waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting.splice(0);
    if (group.length === 0) return;
    const written = perform(group);
    if (written.ok || group.length === 1) settle(group, written);
    // One that fails must not fail the others.
    else for (const one of group) settle([one], perform([one]));
  }

  function perform(group: readonly Waiting[]): Written {
    try {
      db.exec("BEGIN IMMEDIATE");
      const values = group.map(({ write }) => write());
      db.exec("COMMIT");
      return { ok: true, values };
    } catch (error) {
      // On a full disk SQLite has rolled back by itself.
      if (db.isTransaction) db.exec("ROLLBACK");
      return { ok: false, error };
    }
  }

  return {
    durably<T>(write: () => T) {
      return new Promise<T>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ write, resolve: resolve as Waiting["resolve"], reject });
      });
    },
    unflushed(write) {
      db.exec("PRAGMA synchronous = NORMAL");
      try {
        return write();
      } finally {
        db.exec("PRAGMA synchronous = FULL");
      }
    },
    flush,
  };
}

type Written = { ok: true; values: readonly unknown[] } | { ok: false; error: unknown };

function settle(group: readonly Waiting[], written: Written): void {
  for (const [index, one] of group.entries()) {
    if (written.ok) one.resolve(written.values[index]);
    else one.reject(written.error);
  }
}
