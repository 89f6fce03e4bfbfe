import { fail, ok, type Result } from "../lib/core/problem.ts";
import type { OperationStore } from "../lib/fleet/ports.ts";
import { UnusableStore } from "../lib/local/sqlite-file.ts";
import type { RunStore } from "../lib/runs/ports.ts";
import { databasePath } from "./database-path.ts";
import type { Request } from "./request.ts";

/** Reads the runs stored on this machine, without Azure. */
export async function withHistory<T>(
  { terminal }: Request,
  read: (store: Pick<RunStore, "get" | "list"> & OperationStore) => Promise<Result<T>>,
): Promise<Result<T>> {
  const database = databasePath(terminal.environment);
  const { openSqliteStore } = await import("../lib/local/sqlite-store.ts");
  const store = await openDatabase(database, () => openSqliteStore(database));
  if (!store.ok) return store;
  try {
    return await read(store.value);
  } finally {
    store.value.close();
  }
}

/** The result of `open`, or a problem when the database cannot be used. Other errors are rethrown. */
export async function openDatabase<T>(database: string, open: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return ok(await open());
  } catch (error) {
    if (error instanceof UnusableStore) return fail("invalid-input", error.message);
    if (!isFault(error)) throw error;
    return fail(
      "invalid-input",
      `The database ${database} of this machine's runs cannot be used: ${error.message}. Set RDP_REMEDIATION_DATABASE to a file that can be written.`,
    );
  }
}

/** Whether the error comes from SQLite or from the file system. */
function isFault(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === "ERR_SQLITE_ERROR" || syscall !== undefined;
}
