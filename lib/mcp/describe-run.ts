import type { RunHead, RunView } from "../run-view/run-view.ts";
import type { McpHost } from "./ask-api.ts";
import { quote } from "./quote.ts";

/** More findings than this fill the reader's context and decide nothing: the worst are told. */
const mostFindings = 8;
const mostVerdicts = 8;

/** A run in a few lines: its result, the facts that decide it, and what a person may do next. */
export function describeRun(run: RunView, { howToDecide }: Pick<McpHost, "howToDecide">): string {
  return [
    headline(run),
    ...(run.summary ? [`Summary: ${quote(run.summary)}`] : []),
    ...(run.error ? [`Error ${run.error.code}: ${quote(run.error.message)}`] : []),
    ...findingLines(run),
    ...networkLines(run),
    ...planLines(run, howToDecide),
    ...(run.receipts.length > 0
      ? [
          "Changes that were made:",
          ...run.receipts.map(({ kind, target, changed }) => {
            return `- ${kind} ${quote(target)}${changed ? "" : " (it was so already)"}`;
          }),
        ]
      : []),
    ...(run.lockouts.length > 0
      ? [
          "What will lock people out:",
          ...run.lockouts.slice(0, mostFindings).map(({ because }) => `- ${quote(because)}`),
        ]
      : []),
    ...(run.status === "Running" || run.status === "NotStarted" ? [`Not ended yet: ask get_run for ${run.id}.`] : []),
  ].join("\n");
}

/** One line for a list. */
export function headline({ id, mode, vm, outcome, state, createdDateTime }: RunHead): string {
  return `Run ${id}: ${mode} of ${quote(vm)}, ${outcome ?? state}, created ${createdDateTime}.`;
}

function findingLines({ findings, findingsAfter }: RunView): string[] {
  const latest = new Map([...findings, ...findingsAfter].map((finding) => [finding.check, finding]));
  const telling = [...latest.values()].filter(({ verdict }) => verdict === "faulty" || verdict === "unknown");
  const worst = telling.sort((one, other) => Number(other.verdict === "faulty") - Number(one.verdict === "faulty"));
  const more = worst.length - mostFindings;
  if (worst.length === 0) return latest.size > 0 ? [`No fault: ${latest.size} checks were made.`] : [];
  return [
    "Findings:",
    ...worst.slice(0, mostFindings).map(({ check, verdict, because }) => `- ${check}, ${verdict}: ${quote(because)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function networkLines({ network }: RunView): string[] {
  if (network.length === 0) return [];
  return ["Network:", ...network.slice(0, mostVerdicts).map(({ because }) => `- ${quote(because)}`)];
}

function planLines(
  { id, plan, state, awaits, decideByDateTime }: RunView,
  howToDecide: McpHost["howToDecide"],
): string[] {
  if (!plan || plan.changes.length === 0) return [];
  const lines = [`Plan, risk "${plan.risk}":`, ...plan.changes.map((change) => `- ${quote(change)}`)];
  if (state !== "awaiting-approval") return lines;
  return [
    ...lines,
    `Nothing was changed. The plan waits for a person until ${decideByDateTime ?? "its deadline"}${awaits ? `: ${quote(awaits.because)} ${quote(awaits.whoMayDecide)}` : "."}`,
    `You cannot approve it. The person decides with: ${howToDecide(id)}`,
  ];
}
