import type { DatabaseSync } from "node:sqlite";
import type { Outbox } from "../core/delivery.ts";
import { fail, type Problem } from "../core/problem.ts";
import { readRun, SetAsideRun, setAsideText, UnreadableRun, writeRun } from "../core/stored-run.ts";
import { vmKey } from "../core/vm-id.ts";
import type { OperationStore } from "../fleet/ports.ts";
import { isUnfinished } from "../runs/maintenance/unfinished-runs.ts";
import type { RunStore, StoredRun } from "../runs/ports.ts";
import { createRunCache } from "./run-cache.ts";
import { createCheckpoints, longestLog } from "./sqlite-checkpoints.ts";
import { createCommits } from "./sqlite-commits.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import { createLogFlusher, type Flusher, noFlusher } from "./sqlite-flush.ts";
import { createLeases, type Leases } from "./sqlite-leases.ts";
import { createOperations } from "./sqlite-operations.ts";
import { createOutbox } from "./sqlite-outbox.ts";
import { createPages, pageIndexes } from "./sqlite-pages.ts";
import { migrate } from "./sqlite-schema.ts";

/** Runs and operations in one SQLite file, and the leases with which several processes on one machine share its work. */
export interface SqliteStore extends RunStore, OperationStore, Leases, Outbox {
  close(): void;
}

/**
 * Opens or creates the database. `:memory:` keeps it in this process only.
 * @throws UnusableStore, or what SQLite throws
 */
export function openSqliteStore(file: string): SqliteStore {
  const db = openSqliteFile(file);
  migrate(db);
  db.exec(pageIndexes());

  const insert = db.prepare(
    `INSERT OR IGNORE INTO runs (id, vm_key, state, created_at, version, body, unfinished)
     VALUES (?, ?, ?, ?, 1, ?, ?)`,
  );
  const select = db.prepare("SELECT version, body FROM runs WHERE id = ?");
  const selectHolder = db.prepare(
    `SELECT id, version, body, created_at FROM runs
     WHERE state <> 'ended' AND id = (SELECT run_id FROM claims WHERE vm_key = ?)`,
  );
  const exists = db.prepare("SELECT 1 FROM runs WHERE id = ?");
  const update = db.prepare(
    "UPDATE runs SET state = ?, version = version + 1, body = ?, unfinished = ? WHERE id = ? AND version = ?",
  );
  const remove = db.prepare("DELETE FROM runs WHERE id = ? AND unfinished = 0");
  const log = openLog(db, file);
  const commits = createCommits(db, log);
  const outbox = createOutbox(db, commits);
  const list = createPages(db);
  const cache = createRunCache();
  // One statement, so atomic: it claims a free VM, or a VM whose holder has ended or no longer exists.
  const claim = db.prepare(
    `INSERT INTO claims (vm_key, run_id) VALUES (:vm, :run) ON CONFLICT (vm_key) DO UPDATE SET run_id = :run
     WHERE run_id = :run OR NOT EXISTS (SELECT 1 FROM runs WHERE id = claims.run_id AND state <> 'ended')`,
  );
  const holder = db.prepare("SELECT run_id FROM claims WHERE vm_key = ?");
  const release = db.prepare("DELETE FROM claims WHERE vm_key = ? AND run_id = ?");
  const reserve = db.prepare(
    `INSERT INTO reservations (key, owner, until) VALUES (:key, :owner, :until) ON CONFLICT (key) DO UPDATE
     SET owner = :owner, until = :until WHERE reservations.until <= :now`,
  );
  const reserver = db.prepare("SELECT owner, until FROM reservations WHERE key = ?");
  // It must write: reading still works on a full disk.
  const probe = db.prepare("INSERT OR REPLACE INTO reservations (key, owner, until) VALUES ('health', '', '')");
  const expire = db.prepare("DELETE FROM reservations WHERE until <= ?");

  /** Ends the run that holds this VM when it cannot be read and was not saved since. */
  function setUnreadableAside(vm: string, unsavedSince: string): void {
    const row = selectHolder.get(vm);
    if (!row) return;
    const [id, body] = [String(row.id), String(row.body)];
    // Of nearly every run the time is enough: reading it would cost milliseconds.
    if (savedAt(body, String(row.created_at)) >= Date.parse(unsavedSince) || !readError(body)) return;
    update.run("ended", setAsideText(body, unsavedSince), 0, id, Number(row.version));
  }

  return {
    ...createLeases(db, commits),
    ...createOperations(db, commits, outbox),
    ...outbox,
    async create(run) {
      const { id, vm, state, createdAt } = run;
      const body = writeRun(run);
      const values = [id, vmKey(vm), state, createdAt, body, Number(isUnfinished(run))] as const;
      const { changes } = await commits.durably(() => insert.run(...values));
      if (changes === 1) cache.wrote(run, body);
      return changes === 1 ? "created" : "exists";
    },
    async get(runId): Promise<StoredRun | null> {
      const row = select.get(runId);
      return row ? { run: cache.read(runId, String(row.body)), version: Number(row.version) } : null;
    },
    async has(runId) {
      if (exists.get(runId) === undefined) return false;
      await commits.onDisk();
      return true;
    },
    async save(run, version, deliveries = []) {
      const body = writeRun(run);
      const values = [run.state, body, Number(isUnfinished(run)), run.id, version] as const;
      const isSaved = await commits.durably(() => {
        const { changes } = update.run(...values);
        if (changes === 1) outbox.add(deliveries);
        return changes === 1;
      });
      if (isSaved) cache.wrote(run, body);
      return isSaved ? "saved" : "conflict";
    },
    async remove(run) {
      await commits.durably(() => remove.run(run.id));
    },
    async removeSetAside(runId) {
      const row = select.get(runId);
      if (row && readError(String(row.body)) instanceof SetAsideRun) await commits.durably(() => remove.run(runId));
    },
    list,
    claim(vm, runId, unsavedSince) {
      // The run that notes its claim is written later, and durably.
      return commits.unflushed(() => {
        if (unsavedSince !== undefined) setUnreadableAside(vm, unsavedSince);
        claim.run({ vm, run: runId });
        const by = String(holder.get(vm)?.run_id);
        return { held: by === runId, by };
      });
    },
    async release(vm, runId) {
      await commits.unflushed(() => release.run(vm, runId));
    },
    reserve(key, owner, until, now) {
      // A power cut loses it together with the run that follows.
      return commits.unflushed(() => {
        reserve.run({ key, owner, until, now });
        return reserver.get(key)?.owner === owner;
      });
    },
    async reservedBy(key, now) {
      const row = reserver.get(key);
      return row && String(row.until) > now ? String(row.owner) : null;
    },
    async expireReservations(now) {
      await commits.unflushed(() => expire.run(now));
    },
    async check() {
      await commits.durably(() => probe.run());
    },
    close() {
      commits.close();
      try {
        log.close();
      } finally {
        db.close();
      }
    },
  };
}

/**
 * Takes the disk out of SQLite's commits, where the file has a write-ahead log: this process flushes the log itself, and a thread
 * copies it into the file.
 */
function openLog(db: DatabaseSync, file: string): Flusher {
  if (db.prepare("PRAGMA journal_mode").get()?.journal_mode !== "wal") return noFlusher;
  db.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${longestLog}`);
  const flusher = createLogFlusher(file);
  const checkpoints = createCheckpoints(file);
  return {
    committed() {
      flusher.committed();
      checkpoints.wrote();
    },
    flush: flusher.flush,
    close() {
      flusher.close();
      checkpoints.close();
    },
  };
}

/** Why a run cannot be read from this text; `null` when it can. */
function readError(body: string): UnreadableRun | null {
  try {
    readRun(body);
    return null;
  } catch (error) {
    if (error instanceof UnreadableRun) return error;
    throw error;
  }
}

/** When a run that cannot be read was saved, in milliseconds: every form of a run has this field near its beginning. */
function savedAt(body: string, createdAt: string): number {
  const found = Date.parse(/"updatedAt":"([^"]{1,40})"/.exec(body)?.[1] ?? "");
  return Number.isNaN(found) ? Date.parse(createdAt) : found;
}

/** Primary result codes of SQLite (sqlite.org/rescode.html); an extended code has its primary one in the lowest byte. */
const meanings: Readonly<Record<number, string>> = {
  5: "another program is writing to it",
  6: "another program is writing to it",
  8: "it may not be written",
  10: "the disk has failed",
  11: "the file is damaged",
  13: "the disk is full",
  14: "the file cannot be opened",
  26: "the file is no database",
};

/** The problem behind an error that this store threw; `null` when the error is unexpected. */
export function sqliteProblem(error: unknown): Problem | null {
  if (!(error instanceof Error && "errcode" in error && typeof error.errcode === "number")) return null;
  const code = error.errcode & 0xff;
  const meaning = meanings[code];
  if (!meaning) return null;
  if (code === 5 || code === 6) {
    return fail("store-conflict", "Others are writing to the store of runs. Try again.", { retryable: true }).problem;
  }
  const message = `The store of runs cannot be used: ${meaning}. Work goes on by itself when it can be used again.`;
  return fail("store-unavailable", message, { retryable: true }).problem;
}
