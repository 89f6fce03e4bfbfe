import type { Change } from "../../lib/core/change.ts";
import { journalFormat } from "../../lib/guest/protocol.ts";
import type { WindowsAdapter } from "../windows/adapter.ts";
import { runFolder } from "./journal-folders.ts";
import type { Operation } from "./operations.ts";
import type { ServiceStates } from "./services.ts";

interface ChangeLine {
  line: "change";
  /** Counted from 0 through the whole journal. */
  change: number;
  kind: Change["kind"];
  target: string;
  /** For an undo: the change that it rolls back. */
  reverses: { runId: string; change: number } | null;
}

/** One line of a journal. Every line is on the disk before the work that it announces. */
export type Line =
  | { line: "format"; format: number }
  /** A step begins. `services` are their states before, when it stops some. */
  | { line: "begin"; step: string; services: ServiceStates | null }
  | ChangeLine
  | { line: "operation"; change: number; operation: Operation }
  /** A step ends. One without this line was interrupted. */
  | { line: "end"; status: "done" | "rolled-back"; services: ServiceStates | null }
  /** Another run has begun to roll this one back. */
  | { line: "undone-by"; runId: string };

/** The journal of one run: a folder of its own, with whatever was put aside. */
export interface Journal {
  readonly runId: string;
  readonly folder: string;
  lines(): Line[];
  append(line: Line): void;
}

export function openJournal(adapter: WindowsAdapter, runId: string): Journal {
  const folder = runFolder(adapter, runId);
  const Path = `${folder}\\journal.jsonl`;
  return {
    runId,
    folder,
    lines: () => {
      const lines = adapter["Get-JournalLines"]({ Path }).flatMap(readLine);
      const other = lines.find((line) => line.line === "format" && line.format !== journalFormat);
      if (other?.line === "format") {
        throw new Error(
          `The journal of the run ${runId} has the format ${other.format}, and this knows ${journalFormat}.`,
        );
      }
      return lines;
    },
    append: (line) => {
      if (adapter["Get-JournalLines"]({ Path }).length === 0) {
        adapter["Add-JournalLine"]({ Path, Line: JSON.stringify({ line: "format", format: journalFormat }) });
      }
      adapter["Add-JournalLine"]({ Path, Line: JSON.stringify(line) });
    },
  };
}

/** A line that was torn or damaged costs itself. */
function readLine(text: string): Line[] {
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}

/** Journals that a change begins; its operations follow. Answers its number. */
export function journalChange(journal: Journal, what: Pick<ChangeLine, "kind" | "target" | "reverses">): number {
  const change = journal.lines().filter((line) => line.line === "change").length;
  journal.append({ line: "change", change, ...what });
  return change;
}

/** Gives names in the journal's folder that nothing has, and that no line of the journal can have meant. */
export function freeNames(adapter: WindowsAdapter, journal: Journal): () => string {
  const stamp = journal.lines().length;
  let number = 0;
  return () => {
    const name = () => `${journal.folder}\\aside-${stamp}-${number}`;
    do number += 1;
    while (adapter["Get-FileFacts"]({ Path: name() }));
    return name();
  };
}

/** A change as the journal tells it, with its operations in the order in which they were done. */
export interface JournaledChange extends Omit<ChangeLine, "line"> {
  operations: Operation[];
}

export interface Step {
  /** Its name, e.g. `apply-2`. */
  step: string;
  /** `null`: interrupted. */
  status: "done" | "rolled-back" | null;
  before: ServiceStates | null;
  after: ServiceStates | null;
  changes: JournaledChange[];
  /** Those of all changes, in the order in which they were done. */
  operations: { change: number; operation: Operation }[];
}

export function stepsOf(lines: readonly Line[]): Step[] {
  const steps: Step[] = [];
  for (const line of lines) {
    if (line.line === "begin")
      steps.push({ step: line.step, status: null, before: line.services, after: null, changes: [], operations: [] });
    const step = steps.at(-1);
    if (!step) continue;
    if (line.line === "change") step.changes.push({ ...line, operations: [] });
    if (line.line === "operation") {
      step.operations.push({ change: line.change, operation: line.operation });
      step.changes.find(({ change }) => change === line.change)?.operations.push(line.operation);
    }
    if (line.line === "end") Object.assign(step, { status: line.status, after: line.services });
  }
  return steps;
}

/** The last step, when it was interrupted. */
export function openStep(journal: Journal): Step | null {
  const last = stepsOf(journal.lines()).at(-1);
  return last && last.status === null ? last : null;
}

/**
 * What this run did and no undo has rolled back since, in the order in which it was done. `asking` are the runs that
 * wait for the answer: who undid whom goes in a circle only where a request was forged, and ends there.
 */
export function changesInEffect(
  adapter: WindowsAdapter,
  runId: string,
  asking: readonly string[] = [],
): JournaledChange[] {
  const path = [...asking, runId];
  const lines = openJournal(adapter, runId).lines();
  const done = stepsOf(lines).flatMap((step) => (step.status === "done" ? step.changes : []));
  const undoers = lines.flatMap((line) =>
    line.line === "undone-by" && !path.includes(line.runId) ? [line.runId] : [],
  );
  // One that was deleted did its work, or would be unfinished and here.
  if (undoers.some((undoer) => !adapter["Get-FileFacts"]({ Path: openJournal(adapter, undoer).folder }))) return [];
  const reversals = [...done, ...undoers.flatMap((undoer) => changesInEffect(adapter, undoer, path))];
  const reversed = reversals.flatMap(({ reverses }) => (reverses?.runId === runId ? [reverses.change] : []));
  // A run that rolls itself back leaves two halves that cancel.
  return done.filter(({ change, reverses }) => reverses?.runId !== runId && !reversed.includes(change));
}
