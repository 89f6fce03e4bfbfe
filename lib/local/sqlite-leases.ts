import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** A lease not renewed for this long is dead, even when its process id lives on in another program. */
const leaseMs = 45_000;

export const leaseTable = `
  CREATE TABLE IF NOT EXISTS leases (
    run_id TEXT PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, renewed_at INTEGER NOT NULL
  ) STRICT;
`;

/** By these several processes on one machine share the work in one file. */
export interface Leases {
  /** Takes the work on this run for this store; `false` while another has it that is open in a living process. Renews a lease of ours. */
  lease(runId: string, now: Date): boolean;
  /** Whether another store, open in a living process, has the work on this run. */
  isLeasedElsewhere(runId: string, now: Date): boolean;
  /** Gives the work on this run back. */
  unlease(runId: string): void;
}

/** Leases are the store's that is opened here, not this process's: a process may have opened the file more than once. */
export function createLeases(db: DatabaseSync): Leases {
  const owner = randomUUID();
  const leaseOf = db.prepare("SELECT owner, pid, renewed_at FROM leases WHERE run_id = ?");
  const takeLease = db.prepare("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)");
  const dropLease = db.prepare("DELETE FROM leases WHERE run_id = ? AND owner = ?");
  const isFree = (row: ReturnType<typeof leaseOf.get>, now: Date) =>
    !row || row.owner === owner || isOver(Number(row.renewed_at), now) || !isAlive(Number(row.pid));
  return {
    isLeasedElsewhere: (runId, now) => !isFree(leaseOf.get(runId), now),
    lease(runId, now) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const free = isFree(leaseOf.get(runId), now);
        if (free) takeLease.run(runId, owner, process.pid, now.getTime());
        db.exec("COMMIT");
        return free;
      } catch (error) {
        // On a full disk SQLite has rolled back by itself.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    unlease(runId) {
      dropLease.run(runId, owner);
    },
  };
}

/** One from the future was made by a clock that has been set back since. */
function isOver(renewedAt: number, now: Date): boolean {
  return Math.abs(now.getTime() - renewedAt) > leaseMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too, although we may not signal it.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
