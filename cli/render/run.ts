import type { Coverage } from "../../lib/core/coverage.ts";
import type { Run } from "../../lib/core/run.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
import { type OfflineStep, offlineSteps } from "../../lib/offline-repair/offline-steps.ts";
import { lockoutsOf } from "../../lib/scan/find-lockouts.ts";
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
import { truncateText, wrapText } from "./wrap.ts";

const outcomeStyles: Record<NonNullable<Run["outcome"]>["kind"], Style> = {
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
export function renderRun(given: Run, place: CommandPlace, layout: Layout, undoneBy: Run | null = null): string[] {
  const run = cleanAll(given);
  return [
    ...renderSimulated(place, layout),
    `${layout.paint("title", run.vm.name)}  ${run.intent}${run.options.dryRun ? " (dry run)" : ""}`,
    ...wrapText(formatVmId(run.vm), layout.width).map((line) => layout.paint("quiet", line)),
    ...renderSection("Findings", renderFindings(run.findings, run.findingsAfter, layout, place.showsAll), layout),
    ...renderSection("Ahead", renderLockouts(lockoutsOf(given), layout), layout),
    ...renderSection("Network path", run.options.sources.length > 0 ? renderPaths(run, layout) : [], layout),
    ...renderSection("For the network owner", renderProposals(run, layout), layout),
    ...renderSection(
      "Plan",
      run.plan && (place.showsAll || !isCarriedOut(run)) ? renderPlan(run.plan, layout) : [],
      layout,
    ),
    ...renderSection("Without the agent", renderOfflineSteps(offlineStepsOf(run), layout), layout),
    ...renderSection("Done inside the VM", renderReceipts(run, layout), layout),
    ...renderSection(
      "Handshake",
      renderHandshakes(run.after ? { before: run.before, after: run.after } : { now: run.before }, layout),
      layout,
    ),
    ...renderSection(
      "Outcome",
      [...renderOutcome(run, layout, place.showsAll), ...renderUndone(undoneBy, layout)],
      layout,
    ),
    ...renderSection("Next", renderNextSteps(undoneBy ? [] : nextSteps(run, place), layout), layout),
  ];
}

/** Every Change of the plan has a receipt, which says the same and more. */
function isCarriedOut({ plan, receipts, intent }: Run): boolean {
  const { changes = [], leaves = [], refusals = [] } = plan ?? {};
  const isWhole = intent === "undo" || receipts.length >= changes.length;
  return receipts.length > 0 && isWhole && leaves.length === 0 && refusals.length === 0;
}

function offlineStepsOf({ vm, findings, options }: Run): OfflineStep[] {
  return offlineSteps({ vm, findings, clientError: options.clientError });
}

export function renderOutcome(run: Run, layout: Layout, showsAll = false): string[] {
  const word = run.outcome?.kind ?? run.state;
  // Details may be long; those of an unexpected error are a stack trace. The JSON has them in full.
  const problem = run.outcome?.problem;
  const style = run.outcome ? outcomeStyles[run.outcome.kind] : "doubt";
  const summary = run.outcome?.summary ?? run.log.at(-1)?.message ?? "";
  const scripts = run.scriptsStarted === 1 ? "1 Run Command" : `${run.scriptsStarted} Run Commands`;
  return [
    `  ${layout.paint(style, word)}`,
    ...wrapText(showsAll ? summary : tellTimes(summary), layout.width, "  "),
    ...(problem?.detail && problem.code !== "internal"
      ? wrapText(`(${truncateText(problem.detail, 600)})`, layout.width, "  ")
      : []),
    ...renderCoverage(run, layout, showsAll),
    layout.paint("quiet", `  run ${run.id}, ${scripts}, ${elapsed(run)}`),
  ];
}

/** `outcome.coverage.reach` for people: "healthy" claims no more than this. */
const reachWords: Record<Coverage["reach"], string> = {
  azure: "Azure tells; nothing inside Windows",
  windows: "Windows; no handshake completed",
  tls: "a TLS handshake on the VM; no client was judged",
  client: "the client that was named, or a handshake from outside",
};

/** How far the run looked, where the outcome could be taken for more than that. */
function renderCoverage({ outcome }: Run, layout: Layout, showsAll: boolean): string[] {
  if (!outcome?.coverage || !["healthy", "repaired", "advised"].includes(outcome.kind)) return [];
  const { reach, looked, notLooked } = outcome.coverage;
  return [
    ...wrapText(`Looked as far as ${reachWords[reach]} (${reach}).`, layout.width, "  "),
    ...(showsAll ? wrapText(`Looked at: ${looked.join("; ")}.`, layout.width, "  ") : []).map((line) =>
      layout.paint("quiet", line),
    ),
    "  Not looked at:",
    ...notLooked.flatMap(({ what, next }) => wrapText(`${what}. ${next}`, layout.width, "  - ", "    ")),
  ];
}

function renderUndone(undoneBy: Run | null, { width }: Layout): string[] {
  if (!undoneBy) return [];
  const { id, state, updatedAt } = undoneBy;
  return wrapText(
    state === "ended" ? `Undone by run ${id} on ${renderTime(updatedAt)}.` : `Run ${id} is undoing it (${state}).`,
    width,
    "  ",
  );
}

/** The time from the creation of the run to its last update. */
function elapsed(run: Run): string {
  const seconds = (Date.parse(run.updatedAt) - Date.parse(run.createdAt)) / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
