import type { FleetStepper } from "../fleet/stepper.ts";
import type { Step, Stepper } from "../runs/stepper.ts";
import type { DriveInput } from "./orchestrator.ts";
import type { Pulse } from "./pulse.ts";

export interface Drivers {
  readonly runs: Pick<Stepper, "step">;
  readonly operations: Pick<FleetStepper, "step">;
  readonly pulse: Pick<Pulse, "arrived">;
}

/** Well below any function's time-out, and below the time after which a lost activity is given to another worker. */
const mostMs = 30_000;

/**
 * The activity: advances a run or an operation until it must wait. It stays in the store. The orchestration's history holds only
 * ids and times, so it holds no secret and does not grow. Every step is saved before the next, so an activity that is
 * killed, or runs twice, does no harm.
 */
export async function advance(input: DriveInput, { runs, operations, pulse }: Drivers, now: () => Date): Promise<Step> {
  if ("pulse" in input) {
    await pulse.arrived();
    return { kind: "rest" };
  }
  const end = now().getTime() + mostMs;
  for (;;) {
    const step = "runId" in input ? await runs.step(input.runId) : await operations.step(input.operationId);
    if (step.kind !== "more" || now().getTime() >= end) return step;
  }
}
