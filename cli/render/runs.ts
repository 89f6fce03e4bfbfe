import type { SummaryPage } from "../../lib/local/run-list.ts";
import { cleanText } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { relativeTime, renderTime } from "./time.ts";
import { truncateText, wrapText } from "./wrap.ts";

/** Two lines per run: its time, intent and outcome; its VM and its id, for `show` and `undo`. */
export function renderRuns({ runs, unreadable, hasMore }: SummaryPage, layout: Layout, program: string): string[] {
  const unread = unreadable.length > 0 ? wrapText(describeUnreadable(unreadable, program), layout.width) : [];
  if (runs.length === 0) return unread.length > 0 ? unread : ["No run is stored on this machine."];
  const rows = runs.flatMap(({ id, vm, intent, state, outcome, createdAt }) => {
    const when = relativeTime(createdAt).padStart(14);
    const name = cleanText(`${vm.resourceGroup}/${vm.name}`);
    const line = `${when}  ${intent.padEnd(8)}  ${(outcome?.kind ?? state).padEnd(17)}  ${name}`;
    return [
      truncateText(line, layout.width),
      layout.paint("quiet", `${" ".repeat(16)}${id}  ${renderTime(createdAt)}`),
    ];
  });
  return [...rows, ...unread, ...(!hasMore ? [] : ["There are older runs: increase --limit."])];
}

/** One sentence about the stored runs that this version cannot read: how many, and their ids. */
export function describeUnreadable(unreadable: SummaryPage["unreadable"], program: string): string {
  const ids = unreadable.map(cleanText).join(", ");
  const what =
    unreadable.length === 1 ? "1 stored run cannot be read" : `${unreadable.length} stored runs cannot be read`;
  return `${what}: ${ids}. ${program} show ID says why, and what to do.`;
}
