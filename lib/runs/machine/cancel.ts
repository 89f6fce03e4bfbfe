import type { Run } from "../../core/run.ts";
import { endRun } from "./transitions.ts";

/** Before its first change a run is cancelled at once; afterwards it can be undone. */
export function cancelledUntouched(run: Run, by: string, now: Date): Run {
  return endRun(run, now, { kind: "cancelled", summary: `${by} cancelled the run. Nothing was changed.` });
}
