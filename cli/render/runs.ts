import type { HistoryPage } from "../runs-port.ts";
import { cleanText } from "./clean.ts";
import type { Layout } from "./layout.ts";
import type { CommandPlace } from "./next-steps.ts";
import { relativeTime, renderTime } from "./time.ts";
import { shortNameOf } from "./vm-name.ts";
import { truncateText, wrapText } from "./wrap.ts";

/** Two lines per run: its time, intent and outcome; its VM and its id, for `show` and `undo`. `none`: what to say of an empty list. */
export function renderRuns(
  { runs, unreadable, hasMore }: HistoryPage,
  layout: Layout,
  place: CommandPlace,
  none: string,
): string[] {
  const unread = unreadable.length > 0 ? wrapText(describeUnreadable(unreadable, place.program), layout.width) : [];
  if (runs.length === 0) return unread.length > 0 ? unread : wrapText(none, layout.width);
  const rows = runs.flatMap(({ id, vm, mode, state, outcome, createdDateTime }) => {
    const when = relativeTime(createdDateTime).padStart(14);
    const name = cleanText(shortNameOf(vm));
    const line = `${when}  ${mode.padEnd(8)}  ${(outcome ?? state).padEnd(17)}  ${name}`;
    return [
      truncateText(line, layout.width),
      layout.paint("quiet", `${" ".repeat(16)}${id}  ${renderTime(createdDateTime)}`),
    ];
  });
  return [...rows, ...unread, ...(!hasMore ? [] : ["There are older runs: increase --limit."])];
}

/** One sentence about the stored runs that this version cannot read: how many, and their ids. */
export function describeUnreadable(unreadable: HistoryPage["unreadable"], program: string): string {
  const ids = unreadable.map(cleanText).join(", ");
  const what =
    unreadable.length === 1 ? "1 stored run cannot be read" : `${unreadable.length} stored runs cannot be read`;
  return `${what}: ${ids}. ${program} show ID says why, and what to do.`;
}
