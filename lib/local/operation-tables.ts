/** The tables of operations over many VMs. Apart, because the list of runs opens the file without their schemas. */
export const operationTables = `
  CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY, created_at TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    unfinished INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS operations_newest ON operations (created_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS operations_unfinished ON operations (created_at DESC, id DESC) WHERE unfinished = 1;
  CREATE TABLE IF NOT EXISTS operation_targets (
    operation_id TEXT NOT NULL, number INTEGER NOT NULL, target TEXT NOT NULL, result TEXT,
    PRIMARY KEY (operation_id, number)
  ) STRICT, WITHOUT ROWID;
`;
