import { EventEmitter, once } from "node:events";
import type { Run } from "../core/run.ts";
import { createConcurrencySlots } from "../runs/concurrency-slots.ts";
import type { EffectPorts } from "../runs/effects.ts";
import { isAbandoned, unfinishedRuns } from "../runs/maintenance/unfinished-runs.ts";
import type { Clock, RunEngine } from "../runs/ports.ts";
import { createStepper, isAtRest, type RunWatcher, type StepperOptions } from "../runs/stepper.ts";
import { runsAtWork } from "../runs/timing.ts";
import { createLoops } from "./loops.ts";
import { createSlotLine } from "./slot-line.ts";
import type { SqliteStore } from "./sqlite-store.ts";

export interface LocalEngine extends RunEngine {
  /**
   * Resumes the unfinished runs that no living process is working on: all of them, or those that `wanted` selects. A
   * run that was started at a terminal and left before its first change is cancelled instead when it is an hour old.
   */
  resume(wanted?: (run: Run) => boolean): Promise<void>;
  /** Whether another living process is working on this run. */
  isAtWorkElsewhere(runId: string): boolean;
  /** Resolves with the run when nothing more can be done without a person: it has ended, or awaits a decision. */
  settled(runId: string): Promise<Run>;
  /** @throws Error when runs here are due and do not go on, or when nobody looks for lost runs */
  check(): Promise<void>;
  /** Stops working. Runs stay as they are and are resumed at the next start. */
  close(): Promise<void>;
}

export interface LocalEngineOptions {
  readonly store: SqliteStore;
  readonly ports: Omit<EffectPorts, "store">;
  readonly clock: Clock;
  /** How many runs may be at work at once. */
  readonly runsAtWork?: number;
  /** Called when the store fails for a run at work; the step is tried again. */
  readonly onFailure?: (error: unknown, runId: string) => void;
  /** Called after every saved step of every run: shows progress to people, and is where tests simulate a power cut. */
  readonly onSaved?: (run: Run) => void;
  readonly watchers?: readonly RunWatcher[];
  readonly deliveriesOf?: StepperOptions["deliveriesOf"];
}

/** `resume` is called every half a minute. */
const resumeWithinMs = 300_000;

/** Drives the run machine in this process: one loop per run, every step saved before the next is taken. */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { store, ports, clock, onSaved, onFailure, watchers = [], deliveriesOf } = options;
  const saved = new EventEmitter().setMaxListeners(0);
  const slots = createSlotLine(createConcurrencySlots(store, options.runsAtWork ?? runsAtWork), {
    wake: (runId) => loops.wake(runId),
    now: () => clock.now(),
  });
  const stepper = createStepper({
    store,
    ports,
    slots,
    now: () => clock.now(),
    watchers: [{ saved: announce }, ...watchers],
    ...(deliveriesOf && { deliveriesOf }),
  });
  const loops = createLoops({ leases: store, clock, step: stepper.step, onFailure });
  let resumedAt = clock.now().getTime();

  /** A run that is no longer at work here keeps no other from its turn. */
  function drive(runId: string): Promise<void> {
    return loops.at(runId) ?? loops.drive(runId).finally(() => slots.left(runId));
  }

  function announce(run: Run): void {
    onSaved?.(run);
    saved.emit(run.id);
  }

  return {
    async start(run) {
      const created = await store.create(run);
      if (created === "created") announce(run);
      void drive(run.id);
      return stepper.load(run.id);
    },
    get: stepper.load,
    list: (query) => store.list(query),
    async signal(runId, signal) {
      const taken = await stepper.signal(runId, signal);
      if (!taken.ok) return taken;
      loops.wake(runId);
      void drive(runId);
      return taken;
    },
    async resume(wanted = () => true) {
      const found: string[] = [];
      for await (const run of unfinishedRuns(store)) {
        const abandoned = isAbandoned(run, clock.now()) && !store.isLeasedElsewhere(run.id, clock.now());
        if (abandoned)
          await stepper.signal(run.id, { kind: "cancel", by: "Nobody went on with it for an hour, so the service" });
        if (abandoned || wanted(run)) found.push(run.id);
      }
      // They are listed newest first, and the oldest goes first.
      for (const runId of found.toReversed()) void drive(runId);
      resumedAt = clock.now().getTime();
    },
    isAtWorkElsewhere: (runId) => store.isLeasedElsewhere(runId, clock.now()),
    async settled(runId) {
      for (;;) {
        const changed = once(saved, runId, { signal: loops.stopped });
        changed.catch(() => {}); // Closing the engine rejects it.
        const loaded = await stepper.load(runId);
        if (!loaded.ok) throw new Error(loaded.problem.message);
        if (isAtRest(loaded.value, clock.now())) return loaded.value;
        void drive(runId);
        // Another process may be driving the run, or may have taken the last step. Only reading it again tells.
        const ours = store.isLeasedElsewhere(runId, clock.now()) ? undefined : loops.at(runId);
        await (ours ? Promise.race([changed, ours]) : clock.sleep(1000, loops.stopped));
      }
    },
    async check() {
      await loops.check();
      if (clock.now().getTime() - resumedAt < resumeWithinMs) return;
      const since = new Date(resumedAt).toISOString();
      throw new Error(`Nobody has looked for lost runs since ${since}, so runs of a process that died stand still.`);
    },
    close: loops.close,
  };
}
