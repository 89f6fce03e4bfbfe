import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Commits } from "./sqlite-commits.ts";

/** A lease not renewed for this long is expired, even when another program now has its process id. */
const leaseMs = 45_000;

export const leaseTable = `
  CREATE TABLE IF NOT EXISTS leases (
    run_id TEXT PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, renewed_at INTEGER NOT NULL
  ) STRICT;
`;

/** Leases let several processes on one machine share the work in one file. */
export interface Leases {
  /**
   * Acquires the lease on this run for this store, or renews it. `false` while another store that is open in a living
   * process holds it.
   */
  lease(runId: string, now: Date): Promise<boolean>;
  /** Whether another store, open in a living process, holds the lease on this run. */
  isLeasedElsewhere(runId: string, now: Date): boolean;
  /** Releases the lease on this run. */
  unlease(runId: string): Promise<void>;
}

/** A lease belongs to the store that is opened here, not to this process: a process may open the file more than once. */
export function createLeases(db: DatabaseSync, { unflushed }: Pick<Commits, "unflushed">): Leases {
  const owner = randomUUID();
  const leaseOf = db.prepare("SELECT owner, pid, renewed_at FROM leases WHERE run_id = ?");
  const takeLease = db.prepare("INSERT OR REPLACE INTO leases (run_id, owner, pid, renewed_at) VALUES (?, ?, ?, ?)");
  const dropLease = db.prepare("DELETE FROM leases WHERE run_id = ? AND owner = ?");
  const isFree = (row: ReturnType<typeof leaseOf.get>, now: Date) =>
    !row || row.owner === owner || isOver(Number(row.renewed_at), now) || !isAlive(Number(row.pid));
  return {
    isLeasedElsewhere: (runId, now) => !isFree(leaseOf.get(runId), now),
    lease: (runId, now) =>
      unflushed(() => {
        const free = isFree(leaseOf.get(runId), now);
        if (free) takeLease.run(runId, owner, process.pid, now.getTime());
        return free;
      }),
    async unlease(runId) {
      await unflushed(() => dropLease.run(runId, owner));
    },
  };
}

/** A time in the future comes from a clock that was set back since. */
function isOver(renewedAt: number, now: Date): boolean {
  return Math.abs(now.getTime() - renewedAt) > leaseMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is alive, but belongs to another user, so that we may not signal it.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
