import type { Finding } from "../../lib/core/finding.ts";
import { commandShell, commandsOf } from "../../lib/report/finding-commands.ts";
import type { Layout, Style } from "./layout.ts";
import { tellTimes } from "./time.ts";
import { wrapText } from "./wrap.ts";

const marks: Record<Finding["verdict"], { word: string; style: Style }> = {
  faulty: { word: "fault", style: "bad" },
  unknown: { word: "unknown", style: "doubt" },
  noted: { word: "note", style: "doubt" },
  intended: { word: "intended", style: "quiet" },
  healthy: { word: "ok", style: "good" },
  "not-applicable": { word: "n/a", style: "quiet" },
};

const order: Finding["verdict"][] = ["faulty", "unknown", "noted", "intended", "healthy", "not-applicable"];
const markColumns = 9;
const indent = " ".repeat(markColumns + 2);

/**
 * The findings of all checks, faults first. Checks with the same verdict and reason share a row. With findings after a
 * change, a row shows both verdicts (`fault -> ok`) and the former reason. What is in order is one line, and a reason that
 * holds no longer is told alone; with `showsAll`, every check has its row, with exact times and the present reason too.
 */
export function renderFindings(
  before: readonly Finding[],
  after: readonly Finding[],
  layout: Layout,
  showsAll = false,
): string[] {
  const later = new Map(after.map((finding) => [finding.check, finding]));
  const first = before.length > 0 ? before : after;
  const moves = first.map((was) => ({ was, is: later.get(was.check) ?? was }));
  const rows = Map.groupBy(moves, ({ was, is }) => JSON.stringify([was.verdict, was.because, is.verdict, is.because]));
  const isFolded = ([move]: readonly Move[]) =>
    !showsAll && move?.was.verdict === move?.is.verdict && quiet.includes(move?.is.verdict ?? "unknown");
  const shown = order.flatMap((verdict) =>
    [...rows.values()]
      .filter((row) => row[0]?.was.verdict === verdict && !isFolded(row))
      .flatMap((row) => renderRow(row, layout, showsAll)),
  );
  const folded = [...rows.values()].filter(isFolded).flat();
  return [...shown, ...renderFolded(folded, layout)];
}

/** In order, or about something that this VM does not have. */
const quiet: readonly Finding["verdict"][] = ["healthy", "not-applicable"];

function renderFolded(folded: readonly Move[], { paint }: Layout): string[] {
  const healthy = folded.filter(({ is }) => is.verdict === "healthy").length;
  if (folded.length === 0) return [];
  const word = paint("good", "ok".padEnd(markColumns - 2));
  const checks = healthy === 1 ? "1 check is in order" : `${healthy} checks are in order`;
  return [`  ${word}  ${paint("quiet", `${checks} (--all lists them)`)}`];
}

interface Move {
  readonly was: Finding;
  readonly is: Finding;
}

function renderRow(row: readonly Move[], layout: Layout, showsAll: boolean): string[] {
  const [move] = row;
  if (!move) return [];
  const { was, is } = move;
  const moved = was.verdict !== is.verdict;
  const tell = showsAll ? (text: string) => text : (text: string) => tellTimes(text);
  const words = moved ? [marks[was.verdict], marks[is.verdict]] : [marks[is.verdict]];
  const plain = words.map(({ word }) => word).join(" -> ");
  const painted = words.map(({ word, style }) => layout.paint(style, word)).join(" -> ");
  const checks = row.map(({ was: { check } }) => check).join(", ");
  const [head = "", ...more] = wrapText(checks, layout.width, `  ${plain.padEnd(markColumns - 2)}  `, indent);
  return [
    head.replace(plain, painted),
    ...more,
    ...(moved ? renderReason(`Was: ${tell(was.because)}`, was, layout) : []),
    ...(moved && !showsAll && quiet.includes(is.verdict)
      ? []
      : renderReason(moved ? `Now: ${tell(is.because)}` : tell(is.because), is, layout)),
    ...renderCommands(is, layout),
    ...(!explained.includes(is.verdict) ? [] : [layout.paint("quiet", `${indent}${pageOf(was.check)}`)]),
  ];
}

/** Something is so in the VM or its network. A check that could not look has no cause to read about. */
const explained: readonly Finding["verdict"][] = ["faulty", "noted", "intended"];

/** The page about the causes that this check finds, and what helps; a path is never broken. */
function pageOf(check: string): string {
  return `See docs/causes.md#${check}`;
}

/** A command is one line, however long: broken, it could not be copied. */
function renderCommands(finding: Finding, layout: Layout): string[] {
  const commands = commandsOf(finding);
  if (commands.length === 0) return [];
  return [...wrapText(commandShell, layout.width, indent), ...commands.map((command) => indent + command)];
}

/** Healthy rows are dimmed, so that faults stand out. */
function renderReason(text: string, { verdict }: Finding, layout: Layout): string[] {
  const lines = wrapText(text, layout.width, indent);
  const isQuiet = quiet.includes(verdict);
  return isQuiet ? lines.map((line) => layout.paint("quiet", line)) : lines;
}
