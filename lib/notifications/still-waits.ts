import { UnreadableRun } from "../core/stored-run.ts";
import type { OperationStore } from "../fleet/ports.ts";
import type { RunStore } from "../runs/ports.ts";
import { nameOfEvent } from "./event.ts";
import { waitingPlans } from "./operation-happenings.ts";
import type { StillWaits } from "./ports.ts";

/** Where the plans are that wait. */
export type PlanStore = Pick<RunStore, "get"> & Pick<OperationStore, "getOperation">;

/** Looks at the run or operation before somebody is asked to decide: the event may have waited for its receiver for hours. */
export function createStillWaits(store: PlanStore): StillWaits {
  return async (event) => {
    switch (nameOfEvent(event)) {
      case "run.plan-waits":
        return runWaits(event.subject, event.data.plan?.decideBy ?? null);
      case "operation.plan-waits": {
        const stored = await store.getOperation(event.subject);
        return stored !== null && waitingPlans(stored.operation).length > 0;
      }
      default:
        return true;
    }
  };

  /** A plan that waits later, with another deadline, has an event of its own. */
  async function runWaits(id: string, decideBy: string | null): Promise<boolean> {
    try {
      const stored = await store.get(id);
      return stored?.run.state === "awaiting-approval" && stored.run.decideBy === decideBy;
    } catch (error) {
      // Another version of the service, which works beside this one, can read it.
      if (error instanceof UnreadableRun) return true;
      throw error;
    }
  }
}
