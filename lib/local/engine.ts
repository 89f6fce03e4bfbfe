import { EventEmitter, once } from "node:events";
import { fail, ok, type Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import { type EffectPorts, perform, type RunEvent, type WorldEffect } from "../runs/effects.ts";
import { apply, next } from "../runs/machine.ts";
import type { Clock, RunEngine, RunStore, Signal } from "../runs/ports.ts";
import type { SqliteStore } from "./sqlite-store.ts";

/** A lease is renewed well before it would lapse, also while a run only waits. */
const heartbeatMs = 20_000;

export interface LocalEngine extends RunEngine {
  /** Goes on with every unfinished run that no living process is working on. */
  resume(): Promise<void>;
  /** The run when there is nothing more to do without a person: it has ended, or awaits a decision. */
  settled(runId: string): Promise<Run>;
  /** Stops working. Runs stay as they are and are resumed at the next start. */
  close(): Promise<void>;
}

export interface LocalEngineOptions {
  readonly store: SqliteStore;
  readonly ports: Omit<EffectPorts, "store">;
  readonly clock: Clock;
  /** Told of every saved step of every run: progress for people, and where tests cut the power. */
  readonly onSaved?: (run: Run) => void;
}

/** Drives the run machine in this process: one loop per run, every step saved before the next is taken. */
export function createLocalEngine({ store, ports, clock, onSaved }: LocalEngineOptions): LocalEngine {
  const driving = new Map<string, Promise<void>>();
  const wakers = new Map<string, AbortController>();
  const saved = new EventEmitter().setMaxListeners(0);
  const stop = new AbortController();
  const effectPorts: EffectPorts = { ...ports, store };

  function drive(runId: string): Promise<void> {
    const already = driving.get(runId);
    if (already) return already;
    if (!store.lease(runId, clock.now())) return Promise.resolve();
    const work = driveToRest(runId).finally(() => {
      driving.delete(runId);
      if (!stop.signal.aborted) store.unlease(runId);
    });
    driving.set(runId, work);
    return work;
  }

  async function driveToRest(runId: string): Promise<void> {
    while (!stop.signal.aborted) {
      store.lease(runId, clock.now());
      const stored = await store.get(runId);
      if (!stored) return;
      const effect = next(stored.run, clock.now());
      if (effect.kind === "none") return;
      if (effect.kind !== "wait") {
        const event = await performSafely(effect, stored.run);
        // Stopped meanwhile: the outcome of the effect is found again at the next start.
        if (stop.signal.aborted) return;
        await take(runId, event);
        continue;
      }
      await waitUntil(runId, effect.until);
      if (!stop.signal.aborted) await take(runId, { kind: "time-passed" });
    }
  }

  async function waitUntil(runId: string, until: string): Promise<void> {
    const waker = new AbortController();
    wakers.set(runId, waker);
    const left = Math.max(0, Date.parse(until) - clock.now().getTime());
    await clock.sleep(Math.min(left, heartbeatMs), AbortSignal.any([waker.signal, stop.signal]));
    wakers.delete(runId);
  }

  async function performSafely(effect: WorldEffect, run: Run): Promise<RunEvent> {
    try {
      return await perform(effect, run, effectPorts);
    } catch (error) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { problem } = fail(
        "internal",
        `An unexpected error stopped this run at "${effect.kind}". Please report it.`,
        { detail },
      );
      return { kind: "effect-failed", problem };
    }
  }

  /** Takes an event into the run as it is stored now: a signal may have come between reading and saving. */
  async function take(runId: string, event: RunEvent): Promise<Run | null> {
    for (;;) {
      const stored = await store.get(runId);
      if (!stored) return null;
      const run = apply(stored.run, event, clock.now());
      if (run === stored.run) return run;
      if ((await store.save(run, stored.version)) === "saved") {
        announce(run);
        return run;
      }
    }
  }

  function announce(run: Run): void {
    onSaved?.(run);
    saved.emit(run.id);
  }

  async function load(runId: string): Promise<Result<Run>> {
    const stored = await store.get(runId);
    if (stored) return ok(stored.run);
    return fail("run-not-found", `There is no run ${runId} here. List the runs to find its id.`);
  }

  return {
    async start(run) {
      const created = await store.create(run);
      if (created === "created") announce(run);
      void drive(run.id);
      return load(run.id);
    },
    get: load,
    list: (query) => store.list(query),
    async signal(runId, signal: Signal) {
      const before = await load(runId);
      if (!before.ok) return before;
      const after = await take(runId, signal);
      if (!after || after.state === before.value.state) return notTaken(before.value, signal);
      wakers.get(runId)?.abort();
      void drive(runId);
      return ok(after);
    },
    async resume() {
      for (const run of await unfinished(store)) void drive(run.id);
    },
    async settled(runId) {
      for (;;) {
        const changed = once(saved, runId, { signal: stop.signal });
        changed.catch(() => {}); // Closing ends the wait below, if anybody still waits.
        const loaded = await load(runId);
        if (!loaded.ok) throw new Error(loaded.problem.message);
        if (isAtRest(loaded.value)) return loaded.value;
        void drive(runId);
        // Another process may be driving it: then only looking again tells.
        await (driving.has(runId) ? changed : clock.sleep(1000, stop.signal));
      }
    },
    async close() {
      stop.abort();
      const working = [...driving.keys()];
      await Promise.allSettled(driving.values());
      for (const runId of working) store.unlease(runId);
    },
  };
}

/** Nothing left to do, or nothing without a person. */
function isAtRest(run: Run): boolean {
  if (run.state === "awaiting-approval") return run.spent.length === 0;
  return run.state === "ended" && !run.claimed && run.alertTold && run.spent.length === 0;
}

async function unfinished(store: RunStore): Promise<Run[]> {
  const found: Run[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ unfinished: true, limit: 100, ...(after ? { after } : {}) });
    found.push(...page.runs);
    after = page.next ?? undefined;
  } while (after);
  return found;
}

function notTaken(run: Run, signal: Signal): Result<Run> {
  if (signal.kind === "decide") {
    return fail("decision-not-awaited", `Run ${run.id} does not await a decision: it is ${run.state}.`);
  }
  return fail(
    "decision-not-awaited",
    `Run ${run.id} is ${run.state} and can no longer be cancelled. Undo it when it has ended.`,
  );
}
