import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Run } from "../core/run.ts";
import { describeUnreadable, readRun, UnreadableRun } from "../core/stored-run.ts";
import type { RunPage, RunQuery, UnreadableRow } from "../runs/ports.ts";

/** So many runs of a page are read before others get a turn. */
const atOnce = 10;

/** An index for each list: it is read in order, without reading runs that do not belong to it. */
export const pageIndexes = `
  CREATE INDEX IF NOT EXISTS runs_newest ON runs (created_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS runs_of_vm ON runs (vm_key, created_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS runs_unfinished ON runs (created_at DESC, id DESC) WHERE unfinished = 1;
  CREATE INDEX IF NOT EXISTS runs_unfinished_of_vm ON runs (vm_key, created_at DESC, id DESC) WHERE unfinished = 1;
`;

/** Lists runs, newest first. Each kind of list has its own statement, because SQLite uses the index only then. */
export function createPages(db: DatabaseSync): (query: RunQuery & { unfinished?: boolean }) => Promise<RunPage> {
  const statements = new Map<string, StatementSync>();

  function prepared(conditions: readonly string[]): StatementSync {
    const sql = pageQuery(conditions);
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return async ({ vmKey, state, unfinished, createdBefore, limit, after }) => {
    const [at, id] = after?.split("|") ?? [];
    const asked = [
      { condition: "vm_key = :vm", values: vmKey !== undefined && { vm: vmKey } },
      { condition: "state = :state", values: state !== undefined && { state } },
      { condition: "unfinished = 1", values: unfinished === true && {} },
      { condition: "created_at < :before", values: createdBefore !== undefined && { before: createdBefore } },
      { condition: "(created_at, id) < (:at, :id)", values: at !== undefined && { at, id: id ?? null } },
    ].filter(({ values }) => values !== false);
    const values = Object.assign({ limit: limit + 1 }, ...asked.map(({ values }) => values));
    const rows = prepared(asked.map(({ condition }) => condition)).all(values);
    const last = rows[limit - 1];
    return {
      ...(await readAll(rows.slice(0, limit).map(({ id, body }) => ({ id: String(id), body: String(body) })))),
      next: rows.length > limit && last ? `${last.created_at}|${last.id}` : null,
    };
  };
}

/** A run that cannot be read is listed by its id instead. */
async function readAll(rows: readonly { id: string; body: string }[]): Promise<Pick<RunPage, "runs" | "unreadable">> {
  const runs: Run[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const [index, { id, body }] of rows.entries()) {
    // Reading a run takes a millisecond or more, and a page has up to a hundred.
    if (index > 0 && index % atOnce === 0) await setImmediate();
    try {
      runs.push(readRun(body));
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error;
      unreadable.push(describeUnreadable(id, error));
    }
  }
  return { runs, ...(unreadable.length > 0 && { unreadable }) };
}

/** Unfinished runs are few. SQLite has no statistics that say so, and would search all runs for them, or all of them for a VM. */
export function pageQuery(conditions: readonly string[]): string {
  const ofUnfinished = conditions.includes("vm_key = :vm") ? "runs_unfinished_of_vm" : "runs_unfinished";
  const from = conditions.includes("unfinished = 1") ? `runs INDEXED BY ${ofUnfinished}` : "runs";
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  return `SELECT body, created_at, id FROM ${from} ${where} ORDER BY created_at DESC, id DESC LIMIT :limit`;
}
