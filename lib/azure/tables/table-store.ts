import type { Outbox } from "../../core/delivery.ts";
import type { Problem } from "../../core/problem.ts";
import type { OperationStore } from "../../fleet/ports.ts";
import type { RunStore } from "../../runs/ports.ts";
import { problemFrom } from "../call-azure.ts";
import { createTableClaims } from "./table-claims.ts";
import { connectTables, type TableConnection } from "./table-connection.ts";
import { createTableOperations } from "./table-operations.ts";
import { createTableOutbox } from "./table-outbox.ts";
import { createTableRuns } from "./table-runs.ts";

/**
 * Runs and operations in one table of Azure Table Storage. Asks nothing of Azure before the first call, which also makes the
 * table when it is missing. Failures are thrown: a write whose response was lost may have been
 * performed; read again to find out.
 * @throws TypeError when the table's name or the endpoint cannot be one.
 */
export function openTableStore(connection: TableConnection): RunStore & OperationStore & Outbox {
  const tables = connectTables(connection);
  const { head, setUnreadableAside, ...runs } = createTableRuns(tables);
  const claims = createTableClaims(tables, { head, setUnreadableAside });
  return {
    ...runs,
    ...claims,
    ...createTableOperations(tables),
    ...createTableOutbox(tables),
    async check() {
      await claims.reserve("health", "health", longAgo, longAgo);
    },
  };
}

/** A reservation of this time is free at once. */
const longAgo = "1970-01-01T00:00:00.000Z";

/** Converts an error of this store into a problem; `null` for an unexpected error. */
export function tableProblem(error: unknown): Problem | null {
  try {
    return problemFrom(error, "reach the store of runs");
  } catch {
    return null;
  }
}
