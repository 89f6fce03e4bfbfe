import { hash } from "node:crypto";
import { z } from "zod";
import type { Run } from "../../core/run.ts";
import { readRun, SetAsideRun, UnreadableRun, writeRun } from "../../core/stored-run.ts";
import { vmKey } from "../../core/vm-id.ts";
import { isUnfinished } from "../../runs/maintenance/unfinished-runs.ts";
import type { StoredRun } from "../../runs/ports.ts";
import { packText, unpackText } from "./packed-text.ts";

/*
 * A run as rows of a table. They are all in one partition, because only there several rows change atomically: a run is
 * never listed without its row, and its row never exists without being listed. One partition accepts about 2,000 rows a
 * second; a run writes about two dozen.
 *
 *   run_<id>              the run itself, compressed, with its version
 *   all_<place>           every run, newest first
 *   vm_<digest>_<place>   those of one VM
 *   open_<place>          those that are unfinished
 *   send_...              what is to be sent about it (table-outbox.ts)
 */

export const runPartition = "runs";
export const operationPartition = "operations";

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [property: string]: unknown;
}

/** The columns of a stored run that are read without its body. */
const Head = z.object({ etag: z.string(), version: z.number().int(), state: z.string(), open: z.boolean() });
export type Head = z.infer<typeof Head>;
export const headProperties = ["version", "state", "open"];

export function runKey(runId: string): string {
  return `run_${runId}`;
}

/** @throws RangeError when the run is larger than a row can be. */
export function runRow(run: Run, version: number): Row {
  const body = packText(writeRun(run), `Run ${run.id}`);
  const { state } = run;
  return { ...rowOf(runKey(run.id)), version, state, open: isUnfinished(run), ...body };
}

/** @throws UnreadableRun when the row is not one that this version could have made. */
export function readRunRow(row: Record<string, unknown>): StoredRun {
  if (row.setAside === true) throw new SetAsideRun(String(row.unsavedSince));
  const version = Head.shape.version.safeParse(row.version);
  if (!version.success) throw new UnreadableRun("Its row has no version: it is damaged.");
  return { run: readRun(unpacked(row)), version: version.data };
}

function unpacked(row: Record<string, unknown>): string {
  try {
    return unpackText(row);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableRun(`Its text cannot be unpacked: ${why}.`);
  }
}

/** The row of a run that no version reads any more: its pieces have other names, and it counts as ended. */
export function setAsideRow(row: Record<string, unknown>, unsavedSince: string): Row {
  const own = Object.entries(row).filter(([name]) => !["etag", "timestamp", "partitionKey", "rowKey"].includes(name));
  const kept = own.map(([name, value]) => [name.replace(/^body/, "kept"), value]);
  const version = Number.isInteger(row.version) ? Number(row.version) + 1 : 1;
  const columns = { version, state: "ended", open: false, setAside: true, unsavedSince };
  return { ...rowOf(String(row.rowKey)), ...Object.fromEntries(kept), ...columns };
}

/** @throws UnreadableRun when the row is not one that this version could have made. */
export function readHead(row: Record<string, unknown>): Head {
  const head = Head.safeParse(row);
  if (!head.success) throw new UnreadableRun("Its row lacks columns: it is damaged.");
  return head.data;
}

/**
 * What a list selects runs by, in the run's rows there: so a list finds the few that fit without reading every run. A row of an
 * earlier version has nothing of it, and the row of a run that has not ended has no outcome.
 */
export const Facts = z.object({
  trigger: z.string().optional(),
  intent: z.string().optional(),
  outcome: z.string().optional(),
});
export type Facts = z.infer<typeof Facts>;
export const factProperties = ["trigger", "intent", "outcome"];

/** The list rows of a run; they exist as long as the run. */
export function listRows(run: Run): Row[] {
  const { trigger, intent, outcome } = run;
  const facts: Facts = { trigger: trigger.kind, intent, ...(outcome && { outcome: outcome.kind }) };
  return [everyRun + placeOf(run), runsOf(vmKey(run.vm)) + placeOf(run)].map((key) => ({ ...rowOf(key), ...facts }));
}

/** The row that lists a run while it is unfinished. */
export function openRow(run: Run): Row {
  return { ...rowOf(openRuns + placeOf(run)), vm: digestOf(vmKey(run.vm)) };
}

/** Key prefixes of the lists; the position follows. */
export const everyRun = "all_";
export const openRuns = "open_";
export const runsOfAnyVm = "vm_";
export function runsOf(vm: string): string {
  return `${runsOfAnyVm}${digestOf(vm)}_`;
}

/** The latest time there is, in milliseconds: what is left until then has 16 digits in every year of four. */
const latestTime = 8_640_000_000_000_000;

/**
 * The position of a run or operation in every list. Rows are sorted by key only, so it starts with the remaining time: newest first.
 */
export function placeOf(run: { readonly id: string; readonly createdAt: string }): string {
  return `${latestTime - Date.parse(run.createdAt)}_${run.id}`;
}

/** Comes right before the first place of what was created before this time, and after the last of what was created at it or later. */
export function placesBefore(createdBefore: string): string {
  return String(latestTime - Date.parse(createdBefore) + 1);
}

const place = /^\d{16}_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** How many characters a place has. */
export const placeLength = 16 + 1 + 36;

/** The run that stands at a place; `null` for text that is no place. */
export function runAt(text: string): string | null {
  return place.exec(text)?.[1] ?? null;
}

function rowOf(rowKey: string): Row {
  return { partitionKey: runPartition, rowKey };
}

/** Any text as a key: `/`, `\`, `#` and `?` may not be in one. */
export function digestOf(text: string): string {
  return hash("sha256", text, "base64url");
}
