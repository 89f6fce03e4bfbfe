import type { Coverage } from "../../lib/core/coverage.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";
import { cleanAll } from "./clean.ts";
import { renderFindings } from "./findings.ts";
import { renderHandshakes } from "./handshake.ts";
import type { Layout, Style } from "./layout.ts";
import { renderLockouts } from "./lockouts.ts";
import { renderPaths } from "./network.ts";
import { type CommandPlace, nextSteps, renderNextSteps } from "./next-steps.ts";
import { renderOfflineSteps } from "./offline-steps.ts";
import { renderPlan, renderReceipts } from "./plan.ts";
import { renderProposals } from "./proposals.ts";
import { renderSection } from "./section.ts";
import { renderSimulated } from "./simulated.ts";
import { renderTime, tellTimes } from "./time.ts";
import { nameOf } from "./vm-name.ts";
import { truncateText, wrapText } from "./wrap.ts";

const outcomeStyles: Record<NonNullable<RunView["outcome"]>, Style> = {
  healthy: "good",
  "closed-on-purpose": "good",
  repaired: "good",
  undone: "good",
  advised: "doubt",
  "not-repaired": "doubt",
  cancelled: "doubt",
  unknown: "bad",
  failed: "bad",
};

/** A whole run for people. The outcome and the next commands come last, next to the prompt. */
export function renderRun(given: RunView, place: CommandPlace, layout: Layout): string[] {
  const run = cleanAll(given);
  return [
    ...renderSimulated(place, layout),
    `${layout.paint("title", nameOf(run))}  ${run.mode}${run.options.dryRun ? " (dry run)" : ""}`,
    ...wrapText(run.vm, layout.width).map((line) => layout.paint("quiet", line)),
    ...renderSection("Findings", renderFindings(run.findings, run.findingsAfter, layout, place.showsAll), layout),
    ...renderSection("Ahead", renderLockouts(run.lockouts, layout), layout),
    ...renderSection("Network path", run.options.sources.length > 0 ? renderPaths(run, layout) : [], layout),
    ...renderSection("For the network owner", renderProposals(run, layout), layout),
    ...renderSection(
      "Plan",
      run.plan && (place.showsAll || !isCarriedOut(run)) ? renderPlan(run.plan, layout) : [],
      layout,
    ),
    ...renderSection("Without the agent", renderOfflineSteps(run.offlineSteps, layout), layout),
    ...renderSection("Done inside the VM", renderReceipts(run, layout), layout),
    ...renderSection("Handshake", renderHandshakes(handshakesOf(run), layout), layout),
    ...renderSection("Outcome", [...renderOutcome(run, layout, place.showsAll), ...renderUndone(run, layout)], layout),
    ...renderSection("Next", renderNextSteps(run.undoneBy ? [] : nextSteps(run, place), layout), layout),
  ];
}

/** Every Change of the plan has a receipt, which says the same and more. */
function isCarriedOut({ plan, receipts, mode }: RunView): boolean {
  const { changes = [], leaves = [], refusals = [] } = plan ?? {};
  const isWhole = mode === "undo" || receipts.length >= changes.length;
  return receipts.length > 0 && isWhole && leaves.length === 0 && refusals.length === 0;
}

function handshakesOf({ handshakes: { before, after } }: RunView): Record<string, typeof before> {
  return after ? { before, after } : { now: before };
}

export function renderOutcome(run: RunView, layout: Layout, showsAll = false): string[] {
  const word = run.outcome ?? run.state;
  // Details may be long; those of an unexpected error are a stack trace. The JSON has them in full.
  const { error } = run;
  const style = run.outcome ? outcomeStyles[run.outcome] : "doubt";
  const summary = run.outcome ? run.summary : (run.log.at(-1)?.message ?? "");
  const scripts = run.scriptsStarted === 1 ? "1 Run Command" : `${run.scriptsStarted} Run Commands`;
  return [
    `  ${layout.paint(style, word)}`,
    ...wrapText(showsAll ? summary : tellTimes(summary), layout.width, "  "),
    ...(error?.detail && error.code !== "Internal"
      ? wrapText(`(${truncateText(error.detail, 600)})`, layout.width, "  ")
      : []),
    ...renderCoverage(run, layout, showsAll),
    layout.paint("quiet", `  run ${run.id}, ${scripts}, ${elapsed(run)}`),
  ];
}

/** `result.coverage.reach` for people: "healthy" claims no more than this. */
const reachWords: Record<Coverage["reach"], string> = {
  azure: "Azure tells; nothing inside Windows",
  windows: "Windows; no handshake completed",
  tls: "a TLS handshake on the VM; no client was judged",
  client: "the client that was named, or a handshake from outside",
};

/** How far the run looked, where the outcome could be taken for more than that. */
function renderCoverage({ result }: RunView, layout: Layout, showsAll: boolean): string[] {
  if (!result?.coverage || !["healthy", "repaired", "advised"].includes(result.outcome)) return [];
  const { reach, looked, notLooked } = result.coverage;
  return [
    ...wrapText(`Looked as far as ${reachWords[reach]} (${reach}).`, layout.width, "  "),
    ...(showsAll ? wrapText(`Looked at: ${looked.join("; ")}.`, layout.width, "  ") : []).map((line) =>
      layout.paint("quiet", line),
    ),
    "  Not looked at:",
    ...notLooked.flatMap(({ what, next }) => wrapText(`${what}. ${next}`, layout.width, "  - ", "    ")),
  ];
}

function renderUndone({ undoneBy }: RunView, { width }: Layout): string[] {
  if (!undoneBy) return [];
  const { id, state, lastUpdatedDateTime } = undoneBy;
  return wrapText(
    state === "ended"
      ? `Undone by run ${id} on ${renderTime(lastUpdatedDateTime)}.`
      : `Run ${id} is undoing it (${state}).`,
    width,
    "  ",
  );
}

/** The time from the creation of the run to its last update. */
function elapsed({ createdDateTime, lastUpdatedDateTime }: RunView): string {
  const seconds = (Date.parse(lastUpdatedDateTime) - Date.parse(createdDateTime)) / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
