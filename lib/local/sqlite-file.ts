import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { leaseTable } from "./sqlite-leases.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, vm_key TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL, unfinished INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS claims (vm_key TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT;
`;

/** Opens or creates the database file with its tables. `:memory:` keeps it in this process only. */
export function openSqliteFile(file: string): DatabaseSync {
  if (file !== ":memory:") keepPrivate(file);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000;");
  db.exec(schema + leaseTable);
  return db;
}

/**
 * Runs name people and hold plans: nobody else on this machine reads or writes them. SQLite gives its other files the
 * mode of this one. Windows has no modes; there the folder's permissions decide.
 * @throws Error when the file belongs to somebody else
 */
function keepPrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, "a", 0o600));
    for (const one of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(one)) chmodSync(one, 0o600);
  } catch (error) {
    // Whatever else is wrong, SQLite finds and names it.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return;
    throw new Error(`The database ${file} belongs to another account. Move it away, or name another file.`);
  }
}
