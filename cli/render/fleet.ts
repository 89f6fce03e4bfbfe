import type { OperationView } from "../../lib/fleet/operation-view.ts";
import { cleanAll, cleanText } from "./clean.ts";
import type { Layout } from "./layout.ts";
import { type CommandPlace, type NextStep, renderNextSteps } from "./next-steps.ts";
import { renderSection } from "./section.ts";
import { renderTime } from "./time.ts";
import { truncateText, wrapText } from "./wrap.ts";

/** How far an operation is, on one line. */
export function describeFleetProgress({ progress, results, waves, state }: OperationView): string {
  const { done, total, percent, atWork, waiting, estimatedEndDateTime } = progress;
  const wave = waves.filter(({ state: one }) => one !== "waiting").length;
  const failed = (results.failed ?? 0) + (results.unknown ?? 0) + (results["not-repaired"] ?? 0);
  return [
    `${done} of ${total} VMs (${percent} %)`,
    `wave ${wave} of ${waves.length}`,
    `${atWork} at work`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(state === "running" ? [] : [state]),
    ...(estimatedEndDateTime ? [`ends about ${renderTime(estimatedEndDateTime)}`] : []),
  ].join(", ");
}

/** An operation for people: progress, waves, plans that wait, what happened, what to type next. */
export function renderOperation(given: OperationView, place: CommandPlace, layout: Layout): string[] {
  const view = cleanAll(given);
  const { results, progress, outcome, waves } = view;
  const counts = Object.entries(results).map(([kind, count]) => `  ${kind.padEnd(18)} ${count}`);
  const left = progress.total - progress.done;
  const open = left > 0 ? [`  ${(view.state === "ended" ? "not started" : "not done").padEnd(18)} ${left}`] : [];
  const style = outcome?.kind === "completed" ? "good" : outcome ? "bad" : "doubt";
  return [
    layout.paint("title", `Operation ${view.id}`),
    ...wrapText(`${view.mode} ${view.selection}, asked for by ${view.requestedBy.by}`, layout.width, "  "),
    ...renderSection("Progress", wrapText(describeFleetProgress(view), layout.width, "  "), layout),
    ...renderSection(
      "Waves",
      waves.map(({ size, failures, state }, at) => `  ${at + 1}: ${size} VMs, ${failures} failed, ${state}`),
      layout,
    ),
    ...renderSection("Results", [...counts, ...open], layout),
    ...renderSection(
      "Plans that wait",
      view.plans.flatMap((plan) => renderPlan(plan, layout)),
      layout,
    ),
    ...renderSection(
      "Log",
      view.log
        .slice(-10)
        .flatMap(({ at, message }) => wrapText(message, layout.width, `  ${at.slice(11, 19)}  `, " ".repeat(12))),
      layout,
    ),
    ...renderSection(
      "Outcome",
      [
        `  ${layout.paint(style, outcome?.kind ?? view.state)}`,
        ...wrapText(outcome?.summary ?? "", layout.width, "  "),
      ],
      layout,
    ),
    ...renderSection("Next", renderNextSteps(nextFleetSteps(view, place), layout), layout),
  ];
}

function renderPlan({ fingerprint, remediations, risk, count }: OperationView["plans"][number], { width }: Layout) {
  const what = remediations.join(", ") || "a rollback";
  return wrapText(`${count} VMs: ${what} (${risk}), kind ${fingerprint.slice(0, 12)}`, width, "  ", "    ");
}

/** The commands that may follow, the most likely one first. */
export function nextFleetSteps(view: OperationView, place: CommandPlace): NextStep[] {
  const { flags = [] } = place;
  return stepsAfter(view, place).map((step) => ({ ...step, command: [...step.command, ...flags] }));
}

function stepsAfter(view: OperationView, { program, sandbox }: CommandPlace): NextStep[] {
  // The sandbox ends with this call, and its operation with it.
  if (sandbox) return [];
  const { id, state, plans } = view;
  const results = {
    command: [`${program} fleet results ${id}`, "--out results.html"],
    does: "Write what became of each VM.",
  };
  if (state === "ended") return [results];
  const decide = plans.slice(0, 1).map(({ fingerprint, count }) => ({
    command: [`${program} fleet decide ${id}`, `--approve --plan ${fingerprint.slice(0, 12)}`],
    does: `Approve the ${count} plans of this kind.`,
  }));
  return [
    ...decide,
    { command: [`${program} fleet resume ${id}`], does: "Go on with it, and see its progress." },
    { command: [`${program} fleet cancel ${id}`], does: "End it: no further VM starts." },
    results,
  ];
}

/** Two lines for each operation: its time, mode, state and VMs; its id. */
export function renderOperations(views: readonly OperationView[], layout: Layout): string[] {
  if (views.length === 0) return ["No operation is stored on this machine."];
  return views.flatMap(({ id, mode, state, outcome, progress, createdDateTime, selection }) => {
    const when = `${createdDateTime.slice(0, 10)} ${createdDateTime.slice(11, 16)}Z`;
    const what = `${progress.done}/${progress.total}  ${cleanText(selection)}`;
    const line = `${when}  ${mode.padEnd(8)}  ${(outcome?.kind ?? state).padEnd(12)}  ${what}`;
    return [truncateText(line, layout.width), layout.paint("quiet", `  ${id}`)];
  });
}
