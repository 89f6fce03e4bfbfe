import type { Run } from "../lib/core/run.ts";
import { type ExitCode, exitCodeOfRun } from "./exit-code.ts";
import type { Layout } from "./render/layout.ts";
import type { CommandPlace } from "./render/next-steps.ts";
import { renderRun } from "./render/run.ts";

/** What a command has to say: to programs, to people and to the shell. */
export interface Report {
  /** The JSON document of `--json`. */
  readonly data: unknown;
  readonly text: (layout: Layout) => string[];
  readonly exitCode: ExitCode;
}

/** A run, and the run that has undone it. Both forms say whether Azure was simulated. */
export function reportRun(run: Run, place: CommandPlace, undoneBy: Run | null = null): Report {
  return {
    data: { ...run, ...simulationOf(place) },
    text: (layout) => renderRun(run, place, layout, undoneBy),
    exitCode: exitCodeOfRun(run),
  };
}

/** What a JSON document of a sandbox says of itself. */
export function simulationOf({ sandbox }: CommandPlace): object {
  return sandbox ? { simulated: { azure: "sandbox", world: sandbox.world, guest: sandbox.guest } } : {};
}
