import type { Step, Stepper } from "../runs/stepper.ts";
import type { DriveInput } from "./orchestrator.ts";

/** Well below any function's time-out, and below the time after which a lost activity is given to another worker. */
const mostMs = 30_000;

/**
 * The activity: advances a run until it must wait. The run stays in the store. The orchestration's history holds only
 * ids and times, so it holds no secret and does not grow. Every step is saved before the next, so an activity that is
 * killed, or runs twice, does no harm.
 */
export async function advanceRun(
  { runId }: DriveInput,
  stepper: Pick<Stepper, "step">,
  now: () => Date,
): Promise<Step> {
  const end = now().getTime() + mostMs;
  for (;;) {
    const step = await stepper.step(runId);
    if (step.kind !== "more" || now().getTime() >= end) return step;
  }
}
