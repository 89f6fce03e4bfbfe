import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Run } from "../core/run.ts";
import { describeUnreadable, readRun, UnreadableRun } from "../core/stored-run.ts";
import type { RunPage, RunQuery, UnreadableRow } from "../runs/ports.ts";

/** So many runs of a page are read before others get a turn. */
const atOnce = 10;

/** A fact in the text of a run. A text that is no JSON has none; `json_extract` alone would fail. */
function factOf(path: string): string {
  return `CASE WHEN json_valid(body) THEN json_extract(body, '$.${path}') END`;
}

/**
 * An index for each list: it is read in order, without reading runs that do not belong to it. That of finished runs holds what
 * they are selected by, because reading it in the text of each run takes 0.2 ms; a run is written into it once, at its end.
 */
export function pageIndexes(): string {
  return `
  CREATE INDEX IF NOT EXISTS runs_newest ON runs (created_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS runs_of_vm ON runs (vm_key, created_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS runs_unfinished ON runs (created_at DESC, id DESC) WHERE unfinished = 1;
  CREATE INDEX IF NOT EXISTS runs_unfinished_of_vm ON runs (vm_key, created_at DESC, id DESC) WHERE unfinished = 1;
  CREATE INDEX IF NOT EXISTS runs_finished
    ON runs (created_at DESC, id DESC, state, ${factOf("outcome.kind")}, ${factOf("trigger.kind")}, ${factOf("intent")})
    WHERE unfinished = 0;
  `;
}

/** Lists runs, newest first. Each kind of list has its own statement, because SQLite uses the index only then. */
export function createPages(db: DatabaseSync): (query: RunQuery & { unfinished?: boolean }) => Promise<RunPage> {
  const statements = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return async (query) => {
    const { vmKey, states, createdBefore, createdSince, limit, after } = query;
    // What has not ended is unfinished.
    const unfinished = query.unfinished || (states !== undefined && !states.includes("ended"));
    const [at, id] = after?.split("|") ?? [];
    const asked = [
      { condition: "vm_key = :vm", values: vmKey !== undefined && { vm: vmKey } },
      { condition: isAmong("state", "states"), values: states !== undefined && { states: JSON.stringify(states) } },
      { condition: "unfinished = 1", values: unfinished && {} },
      { condition: "created_at < :before", values: createdBefore !== undefined && { before: createdBefore } },
      { condition: "created_at >= :since", values: createdSince !== undefined && { since: createdSince } },
      { condition: "(created_at, id) < (:at, :id)", values: at !== undefined && { at, id: id ?? null } },
    ].filter(({ values }) => values !== false);
    const facts = factsOf(query);
    const conditions = [...asked, ...facts].map(({ condition }) => condition);
    const sql = facts.length > 0 && vmKey === undefined && !unfinished ? factQuery(conditions) : pageQuery(conditions);
    const values = Object.assign({ limit: limit + 1 }, ...[...asked, ...facts].map(({ values }) => values));
    const rows = prepared(sql).all(values);
    const last = rows[limit - 1];
    return {
      ...(await readAll(rows.slice(0, limit).map(({ id, body }) => ({ id: String(id), body: String(body) })))),
      next: rows.length > limit && last ? `${last.created_at}|${last.id}` : null,
    };
  };
}

/** Conditions about what is in the text of a run. The state comes first: it needs no text, and only what has ended has an outcome. */
function factsOf({ outcomes, triggers, intents }: RunQuery) {
  return [
    {
      condition: `state = 'ended' AND ${isAmong(factOf("outcome.kind"), "outcomes")}`,
      name: "outcomes",
      among: outcomes,
    },
    { condition: isAmong(factOf("trigger.kind"), "triggers"), name: "triggers", among: triggers },
    { condition: isAmong(factOf("intent"), "intents"), name: "intents", among: intents },
  ].flatMap(({ condition, name, among }) =>
    among === undefined ? [] : [{ condition, values: { [name]: JSON.stringify(among) } }],
  );
}

/** The same text for one value as for many, so that it is one statement. */
function isAmong(what: string, parameter: string): string {
  return `${what} IN (SELECT value FROM json_each(:${parameter}))`;
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

/** The finished runs by their index, and the few others by their text. */
export function factQuery(conditions: readonly string[]): string {
  const part = (index: string, unfinished: 0 | 1) =>
    `SELECT * FROM (SELECT body, created_at, id FROM runs INDEXED BY ${index}
     WHERE ${[`unfinished = ${unfinished}`, ...conditions].join(" AND ")} ORDER BY created_at DESC, id DESC LIMIT :limit)`;
  return `${part("runs_finished", 0)} UNION ALL ${part("runs_unfinished", 1)}
    ORDER BY created_at DESC, id DESC LIMIT :limit`;
}
