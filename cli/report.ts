import type { RunView } from "../lib/run-view/run-view.ts";
import { type ExitCode, exitCodeOfRun } from "./exit-code.ts";
import type { Layout } from "./render/layout.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { renderRun } from "./render/run.ts";

/** The result of a command: JSON for programs, text for people, and the exit code. */
export interface Report {
  /** The JSON document of `--json`. */
  readonly data: unknown;
  readonly text: (layout: Layout) => string[];
  readonly exitCode: ExitCode;
}

/** Reports a run. JSON and text both say whether Azure was simulated. */
export function reportRun(run: RunView, place: CommandPlace): Report {
  return {
    data: { ...run, ...simulationOf(place) },
    text: (layout) => renderRun(run, place, layout),
    exitCode: exitCodeOfRun(run),
  };
}

/** The field that marks a JSON document as a sandbox's; empty for the real Azure. */
export function simulationOf({ sandbox, keptOpen }: CommandPlace): Pick<RunView, "simulated"> {
  const simulated = sandbox ?? keptOpen;
  return simulated ? { simulated: { azure: "sandbox", world: simulated.world, guest: simulated.guest } } : {};
}
