import { next } from "../runs/machine/machine.ts";
import type { RunEngine, RunStore } from "../runs/ports.ts";
import type { Stepper } from "../runs/stepper.ts";
import { unfinishedRuns } from "../runs/upkeep/unfinished-runs.ts";

/** The orchestrations, one for each run under the run's id. */
export interface Orchestrations {
  /** Begins to drive the run. Harmless while it is being driven already. */
  start(runId: string): Promise<void>;
  /** Whether it is being driven, or about to be. */
  isAlive(runId: string): Promise<boolean>;
  /** Ends its wait. */
  raise(runId: string): Promise<void>;
}

export interface DurableEngine extends RunEngine {
  /** Begins again with every unfinished run that nobody drives, and wakes those that slept through their time. */
  resume(): Promise<void>;
}

export interface DurableEngineOptions {
  readonly orchestrations: Orchestrations;
  readonly store: RunStore;
  readonly stepper: Stepper;
  readonly now: () => Date;
}

/** So long a run is left to whoever is working on it: to the one that stored it, and to its timers. */
const graceMs = 60_000;

/**
 * Drives the run machine by Durable Functions. The store is the truth, an orchestration only its alarm clock: a signal
 * is first taken into the stored run and then raised, and an orchestration that was lost is simply started again.
 */
export function createDurableEngine({ orchestrations, store, stepper, now }: DurableEngineOptions): DurableEngine {
  async function wake(runId: string): Promise<void> {
    if (await orchestrations.isAlive(runId)) await orchestrations.raise(runId);
    else await orchestrations.start(runId);
  }

  return {
    async start(run) {
      // Whoever stored it starts it, and `resume` where that was cut short: of many deliveries, one starts.
      if ((await store.create(run)) === "created") await orchestrations.start(run.id);
      return stepper.load(run.id);
    },
    get: stepper.load,
    list: (query) => store.list(query),
    async signal(runId, signal) {
      const taken = await stepper.signal(runId, signal);
      if (taken.ok) await wake(runId);
      return taken;
    },
    async resume() {
      const before = new Date(now().getTime() - graceMs);
      for await (const run of unfinishedRuns(store)) {
        if (Date.parse(run.updatedAt) > before.getTime()) continue;
        const effect = next(run, before);
        if (effect.kind === "none") continue;
        const isDue = effect.kind !== "wait" || Date.parse(effect.until) <= before.getTime();
        if (isDue) await wake(run.id);
        else if (!(await orchestrations.isAlive(run.id))) await orchestrations.start(run.id);
      }
    },
  };
}
