import type { Run } from "../core/run.ts";
import type { FleetEngine } from "../fleet/fleet-engine.ts";
import type { FleetOperation } from "../fleet/fleet-operation.ts";
import type { OperationStore } from "../fleet/ports.ts";
import type { FleetStepper } from "../fleet/stepper.ts";
import { unfinishedOperations } from "../fleet/unfinished-operations.ts";
import type { Clock } from "../runs/ports.ts";
import { createLoops } from "./loops.ts";
import type { Leases } from "./sqlite-leases.ts";

export interface LocalFleet extends FleetEngine {
  /** Tells of a saved run: its operation goes on at once. */
  runSaved(run: Run): void;
  /** Takes the operation up, and resolves with it when it has ended. @throws Error when there is none */
  settled(operationId: string): Promise<FleetOperation>;
  /** @throws Error when operations here are due and do not go on */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface LocalFleetOptions {
  readonly store: OperationStore & Leases;
  readonly stepper: FleetStepper;
  readonly clock: Clock;
  /** Called when the store fails; the step is tried again. */
  readonly onFailure?: (error: unknown, operationId: string) => void;
}

/** Drives operations in this process, each in a loop of its own. */
export function createLocalFleet({ store, stepper, clock, onFailure }: LocalFleetOptions): LocalFleet {
  const loops = createLoops({ leases: store, clock, step: stepper.step, onFailure });
  return {
    async start({ operation, targets }) {
      await store.createOperation(operation, targets);
      void loops.drive(operation.id);
      const stored = await stepper.load(operation.id);
      return stored.ok ? stored.value : operation;
    },
    get: stepper.load,
    async signal(operationId, signal) {
      const taken = await stepper.signal(operationId, signal);
      if (!taken.ok) return taken;
      loops.wake(operationId);
      void loops.drive(operationId);
      return taken;
    },
    async resume() {
      for await (const { id } of unfinishedOperations(store)) void loops.drive(id);
    },
    runSaved(run) {
      if (!run.operation || run.state !== "ended" || !loops.at(run.operation.id)) return;
      stepper.notice(run);
      loops.wake(run.operation.id);
    },
    async settled(operationId) {
      for (;;) {
        const loaded = await stepper.load(operationId);
        if (!loaded.ok) throw new Error(loaded.problem.message);
        if (loaded.value.state === "ended" || loops.stopped.aborted) return loaded.value;
        await loops.drive(operationId);
        // Another process is at work on it.
        if (!loops.stopped.aborted) await clock.sleep(1000, loops.stopped);
      }
    },
    check: loops.check,
    close: loops.close,
  };
}
