import { z } from "zod";
import type { Run } from "../core/run.ts";
import { runFormat } from "../core/run-format.ts";
import { openSqliteFile } from "./sqlite-file.ts";

/** A run without its evidence and plan, for lists. */
export type RunSummary = Pick<
  Run,
  "id" | "vm" | "intent" | "trigger" | "operation" | "state" | "outcome" | "createdAt" | "updatedAt" | "log"
>;

/** Which runs, newest first. Every condition that is given must hold. */
export interface ListQuery {
  readonly limit: number;
  readonly vmKey?: string | undefined;
  /** The state of a run, or the kind of its outcome. */
  readonly state?: string | undefined;
  readonly outcome?: string | undefined;
  /** Created at this time (RFC 3339) or later. */
  readonly since?: string | undefined;
}

export interface SummaryPage {
  readonly runs: readonly RunSummary[];
  /** Stored runs of this page that this version cannot read. */
  readonly unreadable: readonly string[];
  readonly hasMore: boolean;
}

/** The stored runs of this machine, for lists: only the fields of a summary are read and checked. */
export interface RunList {
  list(query: ListQuery): SummaryPage;
  /** At most `limit` ids that begin with this text, newest first. */
  idsWith(prefix: string, limit: number): string[];
  close(): void;
}

/**
 * Opens the runs in a database. The schema of a whole run is not loaded, because a list of a few lines must not wait for
 * it. @throws Error when the database cannot be used
 */
export function openRunList(file: string): RunList {
  const db = openSqliteFile(file);
  return {
    list({ limit, vmKey, state, outcome, since }) {
      const asked = [
        { condition: "vm_key = :vm", values: vmKey !== undefined && { vm: vmKey } },
        { condition: "state = :state", values: state !== undefined && { state } },
        { condition: `${outcomeOf} = :outcome`, values: outcome !== undefined && { outcome } },
        { condition: "created_at >= :since", values: since !== undefined && { since } },
      ].filter(({ values }) => values !== false);
      const where = asked.length > 0 ? `WHERE ${asked.map(({ condition }) => condition).join(" AND ")}` : "";
      const rows = db
        .prepare(`SELECT id, body FROM runs ${where} ORDER BY created_at DESC, id DESC LIMIT :limit`)
        .all(Object.assign({ limit: limit + 1 }, ...asked.map(({ values }) => values)));
      const read = rows.slice(0, limit).map(({ id, body }) => ({ id: String(id), run: readSummary(String(body)) }));
      return {
        runs: read.flatMap(({ run }) => run ?? []),
        unreadable: read.flatMap(({ id, run }) => (run ? [] : [id])),
        hasMore: rows.length > limit,
      };
    },
    idsWith(prefix, limit) {
      const rows = db
        .prepare(
          "SELECT id FROM runs WHERE substr(id, 1, length(:prefix)) = :prefix ORDER BY created_at DESC, id DESC LIMIT :limit",
        )
        .all({ prefix, limit });
      return rows.map(({ id }) => String(id));
    },
    close: () => db.close(),
  };
}

/** A body that is no JSON has no outcome; `json_extract` alone would fail. */
const outcomeOf = "CASE WHEN json_valid(body) THEN json_extract(body, '$.outcome.kind') END";

const text = z.string();

/** The fields that a list shows, of a run of this format. All others stay unread. */
const Stored = z.object({
  format: z.literal(runFormat),
  id: text,
  vm: z.object({ subscriptionId: text, resourceGroup: text, name: text }),
  intent: text,
  trigger: z.looseObject({ kind: text, by: text }),
  operation: z
    .looseObject({ id: text })
    .nullish()
    .transform((operation) => operation ?? null),
  state: text,
  outcome: z.looseObject({ kind: text, summary: text }).nullable(),
  createdAt: text,
  updatedAt: text,
  log: z.array(z.looseObject({ state: text, message: text })),
});

function readSummary(body: string): RunSummary | null {
  try {
    const read = Stored.safeParse(JSON.parse(body));
    if (!read.success) return null;
    const { format: _, ...summary } = read.data;
    // The words of a union are those of the version that stored the run; a list shows them as they are.
    return summary as RunSummary;
  } catch {
    return null;
  }
}
