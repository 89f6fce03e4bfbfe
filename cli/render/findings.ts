import type { Finding } from "../../lib/core/finding.ts";
import type { Layout, Style } from "./layout.ts";
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
 * change, a row shows both verdicts (`fault -> ok`), the former reason and the present one.
 */
export function renderFindings(before: readonly Finding[], after: readonly Finding[], layout: Layout): string[] {
  const later = new Map(after.map((finding) => [finding.check, finding]));
  const first = before.length > 0 ? before : after;
  const moves = first.map((was) => ({ was, is: later.get(was.check) ?? was }));
  const rows = Map.groupBy(moves, ({ was, is }) => JSON.stringify([was.verdict, was.because, is.verdict, is.because]));
  return order.flatMap((verdict) =>
    [...rows.values()].filter(([move]) => move?.was.verdict === verdict).flatMap((row) => renderRow(row, layout)),
  );
}

interface Move {
  readonly was: Finding;
  readonly is: Finding;
}

function renderRow(row: readonly Move[], layout: Layout): string[] {
  const [move] = row;
  if (!move) return [];
  const { was, is } = move;
  const moved = was.verdict !== is.verdict;
  const words = moved ? [marks[was.verdict], marks[is.verdict]] : [marks[is.verdict]];
  const plain = words.map(({ word }) => word).join(" -> ");
  const painted = words.map(({ word, style }) => layout.paint(style, word)).join(" -> ");
  const checks = row.map(({ was: { check } }) => check).join(", ");
  const [head = "", ...more] = wrapText(checks, layout.width, `  ${plain.padEnd(markColumns - 2)}  `, indent);
  return [
    head.replace(plain, painted),
    ...more,
    ...(moved ? renderReason(`Was: ${was.because}`, was, layout) : []),
    ...renderReason(moved ? `Now: ${is.because}` : is.because, is, layout),
  ];
}

/** Healthy rows are dimmed, so that faults stand out. */
function renderReason(text: string, { verdict }: Finding, layout: Layout): string[] {
  const lines = wrapText(text, layout.width, indent);
  const isQuiet = verdict === "healthy" || verdict === "not-applicable";
  return isQuiet ? lines.map((line) => layout.paint("quiet", line)) : lines;
}
