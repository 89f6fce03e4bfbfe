import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { operationTables } from "./operation-tables.ts";
import { busyTimeoutMs } from "./sqlite-commits.ts";
import { leaseTable } from "./sqlite-leases.ts";
import { deliveryTable } from "./sqlite-outbox.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, vm_key TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL, unfinished INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS claims (vm_key TEXT PRIMARY KEY, run_id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until TEXT NOT NULL) STRICT;
`;

/**
 * The version of the schema, which a file carries as `user_version`; 0: a new file, or one from before schemas had
 * versions. Every version only adds to the one before: tables, indexes, and columns with a default.
 */
export const schemaVersion = 1;

/** The file cannot be used by this version or this account; the message says what to do. It was not changed. */
export class UnusableStore extends Error {}

/**
 * Opens or creates the database file with its tables. `:memory:` keeps it in this process only.
 * @throws UnusableStore, or what SQLite throws
 */
export function openSqliteFile(file: string): DatabaseSync {
  if (file !== ":memory:") keepPrivate(file);
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  refuseLaterVersions(db, file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  db.exec(schema + leaseTable + operationTables + deliveryTable);
  return db;
}

export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

/** One version further is worked on, because it only adds: a release was rolled back. */
function refuseLaterVersions(db: DatabaseSync, file: string): void {
  const found = versionOf(db);
  if (found <= schemaVersion + 1) return;
  db.close();
  throw new UnusableStore(
    `The database ${file} is of a later version of this program (schema ${found}, and this one reads up to ${schemaVersion + 1}). Use that version, or name another file in RDP_REMEDIATION_DATABASE.`,
  );
}

/**
 * Runs name people and hold plans: nobody else on this machine reads or writes them. SQLite gives its other files the
 * mode of this one. Windows has no modes; there the folder's permissions decide.
 * @throws UnusableStore when the file belongs to somebody else
 */
function keepPrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, "a", 0o600));
    for (const one of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(one)) chmodSync(one, 0o600);
  } catch (error) {
    // Whatever else is wrong, SQLite finds and names it.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return;
    throw new UnusableStore(`The database ${file} belongs to another account. Move it away, or name another file.`);
  }
}
