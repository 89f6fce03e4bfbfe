import type { Step, Stepper } from "../runs/stepper.ts";
import type { DriveInput } from "./orchestrator.ts";

/** Well below any function's time-out, and below the time after which a lost activity is given to another worker. */
const mostMs = 30_000;

/**
 * The activity: takes a run as far as it goes without waiting. The run itself stays in the store; the
 * orchestration's history holds ids and times only, so no secret and no growth. Every step is saved before the next, so an
 * activity that is killed, or done twice, does no harm.
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
