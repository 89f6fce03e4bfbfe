import type { FleetEngine } from "../fleet/fleet-engine.ts";
import type { OperationStore } from "../fleet/ports.ts";
import type { FleetStepper } from "../fleet/stepper.ts";
import { unfinishedOperations } from "../fleet/unfinished-operations.ts";
import { callOrchestrations, messageOf, type Orchestrations } from "./engine.ts";

export interface DurableFleetOptions {
  readonly orchestrations: Pick<Orchestrations, "startOperation" | "isAlive" | "raise">;
  readonly store: OperationStore;
  readonly stepper: FleetStepper;
}

/** Drives operations by Durable Functions, each by an orchestration of the same kind as a run's. */
export function createDurableFleet({ orchestrations, store, stepper }: DurableFleetOptions): FleetEngine {
  const start = (id: string) => callOrchestrations(orchestrations.startOperation(id));

  async function wake(id: string): Promise<void> {
    if (await callOrchestrations(orchestrations.isAlive(id))) await callOrchestrations(orchestrations.raise(id));
    else await start(id);
  }

  return {
    async start({ operation, targets }) {
      // The process that stored the operation starts it; `resume` does so when that process was interrupted.
      if ((await store.createOperation(operation, targets)) === "created") await start(operation.id);
      const stored = await stepper.load(operation.id);
      return stored.ok ? stored.value : operation;
    },
    get: stepper.load,
    async signal(operationId, signal) {
      const taken = await stepper.signal(operationId, signal);
      if (taken.ok) await wake(operationId);
      return taken;
    },
    async resume() {
      const failures: unknown[] = [];
      for await (const { id } of unfinishedOperations(store)) {
        const takeUp = async () => {
          if (!(await callOrchestrations(orchestrations.isAlive(id)))) await start(id);
        };
        await takeUp().catch((error: unknown) => failures.push(error));
      }
      if (failures.length === 0) return;
      const message = `${failures.length} operations could not be taken up again: ${messageOf(failures[0])}`;
      throw new AggregateError(failures, message);
    },
  };
}
