import type { DatabaseSync } from "node:sqlite";
import { readRun, UnreadableRun } from "../core/stored-run.ts";
import { isUnfinished } from "../runs/maintenance/unfinished-runs.ts";
import { schemaVersion, versionOf } from "./sqlite-file.ts";

/** Each brings a file to the next version of the schema. Their number is the version. */
const migrations: readonly ((db: DatabaseSync) => void)[] = [addUnfinishedColumn];

/** Brings an opened file to the schema of this version; a later one stays as it is. */
export function migrate(db: DatabaseSync): void {
  if (versionOf(db) >= schemaVersion) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been faster.
    for (const migration of migrations.slice(versionOf(db))) migration(db);
    if (versionOf(db) < schemaVersion) db.exec(`PRAGMA user_version = ${schemaVersion}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Files from before schemas had versions may lack the column. It is worked out once; a run that cannot be read counts as
 * unfinished.
 */
function addUnfinishedColumn(db: DatabaseSync): void {
  const columns = db.prepare("PRAGMA table_info (runs)").all();
  if (columns.some(({ name }) => name === "unfinished")) return;
  db.exec("ALTER TABLE runs ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 1");
  const set = db.prepare("UPDATE runs SET unfinished = ? WHERE id = ?");
  for (const { body } of db.prepare("SELECT body FROM runs").all()) {
    try {
      const run = readRun(String(body));
      set.run(Number(isUnfinished(run)), run.id);
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error;
    }
  }
}
