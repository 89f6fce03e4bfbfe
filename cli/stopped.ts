import type { Run } from "../lib/core/run.ts";
import type { Place } from "./render/next-steps.ts";

/** Somebody has stopped the waiting; the run is as it was last seen. */
export class Stopped extends Error {
  readonly run: Run;
  readonly place: Place;

  constructor(run: Run, place: Place) {
    super(`stopped waiting for run ${run.id}`);
    this.run = run;
    this.place = place;
  }
}
