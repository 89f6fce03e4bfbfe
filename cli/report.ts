import type { RunHead, RunView } from "../lib/run-view/run-view.ts";
import { type ExitCode, exitCodeOfRun } from "./exit-code.ts";
import type { Layout } from "./render/layout.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { renderRun } from "./render/run.ts";
import { shortNameOf } from "./render/vm-name.ts";

/** The result of a command: JSON for programs, text for people, and the exit code. */
export interface Report {
  /** The JSON document of `--json`. */
  readonly data: unknown;
  /** The rows of `--output table` without a query; absent: those of the document, with all their columns. */
  readonly table?: readonly Readonly<Record<string, unknown>>[];
  readonly text: (layout: Layout) => string[];
  readonly exitCode: ExitCode;
}

/** Reports a run. JSON and text both say whether Azure was simulated. */
export function reportRun(run: RunView, place: CommandPlace): Report {
  return {
    data: { ...run, ...simulationOf(place) },
    table: [rowOfRun(run)],
    text: (layout) => renderRun(run, place, layout),
    exitCode: exitCodeOfRun(run),
  };
}

/** A run as a row that fits beside others. */
export function rowOfRun({ id, vm, mode, state, outcome, createdDateTime }: RunHead): Record<string, unknown> {
  return { run: id, vm: shortNameOf(vm), mode, state, outcome, created: createdDateTime.slice(0, 19) };
}

/** The field that marks a JSON document as a sandbox's; empty for the real Azure. */
export function simulationOf({ sandbox, keptOpen }: CommandPlace): Pick<RunView, "simulated"> {
  const simulated = sandbox ?? keptOpen;
  return simulated ? { simulated: { azure: "sandbox", world: simulated.world, guest: simulated.guest } } : {};
}
