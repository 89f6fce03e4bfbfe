import type { Problem } from "../../core/problem.ts";
import type { RunStore } from "../../runs/ports.ts";
import { problemFrom } from "../call-azure.ts";
import { createTableClaims } from "./table-claims.ts";
import { connectTables, type TableConnection } from "./table-connection.ts";
import { createTableRuns } from "./table-runs.ts";

/**
 * The RunStore in one table of Azure Table Storage. Asks nothing of Azure before the first call, which also makes the
 * table when it is missing. What Azure does not carry out is thrown: a write that failed on its way may have been
 * carried out, and reading again tells.
 * @throws TypeError when the table's name or the endpoint cannot be one.
 */
export function openTableStore(connection: TableConnection): RunStore {
  const tables = connectTables(connection);
  const { head, ...runs } = createTableRuns(tables);
  return { ...runs, ...createTableClaims(tables, head) };
}

/** What is behind an error that such a store has thrown; `null` when it is a surprise. */
export function tableProblem(error: unknown): Problem | null {
  try {
    return problemFrom(error, "reach the store of runs");
  } catch {
    return null;
  }
}
