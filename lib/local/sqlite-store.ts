import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Run } from "../core/run.ts";
import { vmKey } from "../core/vm-id.ts";
import type { RunPage, RunStore, StoredRun } from "../runs/ports.ts";

/** A lease not renewed for this long is dead, even when its process id lives on in another program. */
const leaseMs = 60_000;

const schema = `
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, vm_key TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS runs_newest ON runs (created_at DESC, id DESC);
  CREATE TABLE IF NOT EXISTS claims (vm_key TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS leases (
    run_id TEXT PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, renewed_at INTEGER NOT NULL
  ) STRICT;
`;

/** The RunStore in one SQLite file, and the leases by which several processes on one machine share the work in it. */
export interface SqliteStore extends RunStore {
  /** Takes the work on this run for this store; `false` while another has it that is open in a living process. Renews a lease of ours. */
  lease(runId: string, now: Date): boolean;
  /** Gives the work on this run back. */
  unlease(runId: string): void;
  close(): void;
}

/** Opens or makes the database. `:memory:` keeps it in this process alone. */
export function openSqliteStore(file: string): SqliteStore {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
  db.exec(schema);
  // Leases are this store's, not this process's: a process may have opened the file more than once.
  const owner = randomUUID();

  const insert = db.prepare("INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, 1, ?)");
  const select = db.prepare("SELECT version, body FROM runs WHERE id = ?");
  const update = db.prepare("UPDATE runs SET state = ?, version = version + 1, body = ? WHERE id = ? AND version = ?");
  const page = db.prepare(
    `SELECT body, created_at, id FROM runs
     WHERE (:vm IS NULL OR vm_key = :vm) AND (:state IS NULL OR state = :state) AND (:unfinished = 0 OR state <> 'ended' OR body ->> 'claimed' = 1 OR body ->> 'alertTold' = 0)
       AND (:at IS NULL OR (created_at, id) < (:at, :id))
     ORDER BY created_at DESC, id DESC LIMIT :limit`,
  );
  // One statement, hence atomic: a free VM is taken, and so is one whose holder has ended or is gone.
  const claim = db.prepare(
    `INSERT INTO claims VALUES (:vm, :run) ON CONFLICT (vm_key) DO UPDATE SET run_id = :run
     WHERE run_id = :run OR NOT EXISTS (SELECT 1 FROM runs WHERE id = claims.run_id AND state <> 'ended')`,
  );
  const holder = db.prepare("SELECT run_id FROM claims WHERE vm_key = ?");
  const release = db.prepare("DELETE FROM claims WHERE vm_key = ? AND run_id = ?");
  const reserve = db.prepare(
    `INSERT INTO reservations VALUES (:key, :owner, :until) ON CONFLICT (key) DO UPDATE
     SET owner = :owner, until = :until WHERE reservations.until <= :now`,
  );
  const reserver = db.prepare("SELECT owner FROM reservations WHERE key = ?");
  const leaseOf = db.prepare("SELECT owner, pid, renewed_at FROM leases WHERE run_id = ?");
  const takeLease = db.prepare("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)");
  const dropLease = db.prepare("DELETE FROM leases WHERE run_id = ? AND owner = ?");

  return {
    async create(run) {
      const { changes } = insert.run(run.id, vmKey(run.vm), run.state, run.createdAt, JSON.stringify(run));
      return changes === 1 ? "created" : "exists";
    },
    async get(runId): Promise<StoredRun | null> {
      const row = select.get(runId);
      return row ? { run: Run.parse(JSON.parse(String(row.body))), version: Number(row.version) } : null;
    },
    async save(run, version) {
      const { changes } = update.run(run.state, JSON.stringify(run), run.id, version);
      return changes === 1 ? "saved" : "conflict";
    },
    async list({ vmKey: vm, state, unfinished, limit, after }): Promise<RunPage> {
      const [at, id] = after?.split("|") ?? [];
      const rows = page.all({
        vm: vm ?? null,
        state: state ?? null,
        unfinished: unfinished ? 1 : 0,
        at: at ?? null,
        id: id ?? null,
        limit: limit + 1,
      });
      const runs = rows.slice(0, limit).map((row) => Run.parse(JSON.parse(String(row.body))));
      const last = rows[limit - 1];
      return { runs, next: rows.length > limit && last ? `${last.created_at}|${last.id}` : null };
    },
    async claim(vm, runId) {
      claim.run({ vm, run: runId });
      const by = String(holder.get(vm)?.run_id);
      return { held: by === runId, by };
    },
    async release(vm, runId) {
      release.run(vm, runId);
    },
    async reserve(key, owner, until, now) {
      reserve.run({ key, owner, until, now });
      return reserver.get(key)?.owner === owner;
    },
    lease(runId, now) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const row = leaseOf.get(runId);
        const pid = Number(row?.pid);
        const free = !row || row.owner === owner || Number(row.renewed_at) + leaseMs < now.getTime() || !isAlive(pid);
        if (free) takeLease.run(runId, owner, process.pid, now.getTime());
        db.exec("COMMIT");
        return free;
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    unlease(runId) {
      dropLease.run(runId, owner);
    },
    close() {
      db.close();
    },
  };
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
