import type { RunView } from "../lib/run-view/run-view.ts";
import type { CommandPlace } from "./render/next-steps.ts";

/** The user has stopped the waiting; `run` is the last known state of the run. */
export class Stopped extends Error {
  readonly run: RunView;
  readonly place: CommandPlace;

  constructor(run: RunView, place: CommandPlace) {
    super(`stopped waiting for run ${run.id}`);
    this.run = run;
    this.place = place;
  }
}
