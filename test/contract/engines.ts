import { setImmediate } from "node:timers/promises";
import type { Run } from "../../lib/core/run.ts";
import { advance } from "../../lib/durable/advance.ts";
import { createDurableEngine } from "../../lib/durable/engine.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import type { RunEngine, RunStore } from "../../lib/runs/ports.ts";
import { createStepper, isAtRest } from "../../lib/runs/stepper.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { openDurableHost, runsAlone, TaskHub } from "../fixtures/durable-host.ts";
import type { FakeVm } from "../fixtures/fake-vm.ts";

/** An engine at work in one process, whose kill the store survives. */
export interface OpenEngine {
  readonly engine: RunEngine & { resume(): Promise<void> };
  /** The run at its rest; as it is when the process was killed before. */
  settled(runId: string): Promise<Run>;
  /** Works until this is so. */
  until(condition: () => Promise<boolean>): Promise<void>;
  /** Nothing that is in flight is saved any more. */
  kill(): Promise<void>;
}

/** One store, and the engines that are opened on it one after another. */
export interface EngineRig {
  readonly store: RunStore;
  now(): Date;
  /** Time in which nobody works. */
  pass(ms: number): void;
  open(fake: FakeVm, options?: { runsAtWork?: number; onSaved?: (run: Run) => void }): OpenEngine;
  /** Everything the engine kept besides the store is lost. */
  forget(): void;
  close(): Promise<void>;
}

const portsOf = (fake: FakeVm) => ({ reader: fake, channel: fake, power: fake, alerts: fake });

function openLocal(): EngineRig {
  const store = openSqliteStore(":memory:");
  const clock = new FakeClock();
  const opened: { close(): Promise<void> }[] = [];
  return {
    store,
    now: () => clock.now(),
    pass: (ms) => clock.passTo(new Date(clock.now().getTime() + ms)),
    forget() {}, // It keeps nothing.
    open(fake, options = {}) {
      const engine = createLocalEngine({ store, ports: portsOf(fake), clock, ...options });
      opened.push(engine);
      return {
        engine,
        kill: () => engine.close(),
        settled: (runId) => engine.settled(runId).catch(async () => storedRun(store, runId)),
        async until(condition) {
          while (!(await condition())) await setImmediate();
        },
      };
    },
    async close() {
      for (const engine of opened) await engine.close();
      store.close();
    },
  };
}

function openDurable(): EngineRig & { readonly hub: TaskHub } {
  const store = openSqliteStore(":memory:");
  const clock = new FakeClock();
  const now = () => clock.now();
  const hub = new TaskHub();
  return {
    store,
    hub,
    now,
    pass: (ms) => clock.passTo(new Date(clock.now().getTime() + ms)),
    forget: () => hub.instances.clear(),
    open(fake, { runsAtWork = 10, onSaved } = {}) {
      const killed = new AbortController();
      const slots = createConcurrencySlots(store, runsAtWork);
      const stepper = createStepper({
        store,
        ports: portsOf(fake),
        slots,
        now,
        watchers: onSaved ? [{ saved: onSaved }] : [],
      });
      const mortal = {
        step: (runId: string) =>
          killed.signal.aborted ? new Promise<never>(() => {}) : stepper.step(runId, killed.signal),
      };
      const host = openDurableHost(hub, clock, (input) => advance(input, { runs: mortal, ...runsAlone }, now));
      const engine = createDurableEngine({ orchestrations: host, store, stepper, now });
      return {
        engine,
        until: (condition) => host.workUntil(condition),
        async settled(runId) {
          await host.workUntil(async () => isAtRest(await storedRun(store, runId), now()));
          return storedRun(store, runId);
        },
        async kill() {
          killed.abort();
          host.kill();
        },
      };
    },
    async close() {
      store.close();
    },
  };
}

async function storedRun(store: RunStore, runId: string): Promise<Run> {
  const stored = await store.get(runId);
  if (!stored) throw new Error(`There is no run ${runId}`);
  return stored.run;
}

/** Every RunEngine keeps the same contract; an adapter is added as one more row. */
export const engines = [
  { name: "in this process", openRig: openLocal },
  { name: "on Durable Functions", openRig: openDurable },
];

export { openDurable };
