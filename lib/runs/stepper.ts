import type { Delivery } from "../core/delivery.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import type { Run } from "../core/run.ts";
import type { ConcurrencySlots } from "./concurrency-slots.ts";
import {
  type Departure,
  type EffectPorts,
  effectFailed,
  performEffect,
  type RunEvent,
  type WorldEffect,
} from "./effects.ts";
import { isWorkDone } from "./machine/ended.ts";
import { apply, next } from "./machine/machine.ts";
import type { RunStore, Signal, StoredRun } from "./ports.ts";
import { readStoredRun } from "./read-stored-run.ts";
import { slotWaitMs } from "./timing.ts";

/** The work left for a run after a step. */
export type Step =
  | { readonly kind: "more" }
  /** Nothing before this time (RFC 3339), unless a signal arrives. `inLine`: only a free slot makes it due earlier. */
  | { readonly kind: "wait"; readonly until: string; readonly inLine?: true }
  /** Nothing at all. */
  | { readonly kind: "rest" };

/** The part that both engines share. They differ only in how they wait and how they resume after a kill. */
export interface Stepper {
  /**
   * Performs at most one effect, and saves its result before it returns. When `stop` is aborted, the result is not
   * saved: the next step finds it again.
   */
  step(runId: string, stop?: AbortSignal): Promise<Step>;
  /** Adds a decision or a cancellation to the run; the engine then wakes the run. */
  signal(runId: string, signal: Signal): Promise<Result<Run>>;
  load(runId: string): Promise<Result<Run>>;
}

/** Observes the work on runs without influence on it: traces, metrics, logs. */
export interface RunWatcher {
  /** Calls `work` once, which performs the effect, and returns its result. */
  performing?(effect: WorldEffect, run: Run, work: () => Promise<RunEvent>): Promise<RunEvent>;
  /** Called after every saved step of every run. */
  saved?(run: Run, former: Run): void;
}

export interface StepperOptions {
  readonly store: RunStore;
  readonly ports: Omit<EffectPorts, "store">;
  readonly slots: ConcurrencySlots;
  readonly now: () => Date;
  readonly watchers?: readonly RunWatcher[];
  /** What is to be sent about a change of a run, saved with it; `version` is the one that the run gets. Absent: nothing. */
  readonly deliveriesOf?: (run: Run, former: Run, version: number) => readonly Delivery[];
}

const patienceMs = 60_000;

export function createStepper(options: StepperOptions): Stepper {
  const { store, ports, slots, now, watchers = [], deliveriesOf } = options;
  const effectPorts: EffectPorts = { ...ports, store };

  async function step(runId: string, stop?: AbortSignal): Promise<Step> {
    const stored = await readStoredRun(store, runId);
    if (!stored.ok) return { kind: "rest" };
    const { run, version } = stored.value;
    const at = now();
    const effect = next(run, at);
    if (effect.kind === "none") return { kind: "rest" };
    if (effect.kind === "wait") return wait({ run, version }, effect.until, at);
    if (effect.kind === "claim" && !(await slots.acquire(runId, at, run.createdAt))) return waitForSlot(run, at);
    // Not saved: a signal was faster, or another process is performing the same effect.
    if (isDeparture(effect.kind) && !(await take(runId, { kind: "departing", effect: effect.kind })).taken) {
      return { kind: "more" };
    }
    const event = await performWatched(effect, run);
    if (!stop?.aborted) await take(runId, event);
    return { kind: "more" };
  }

  async function wait({ run, version }: StoredRun, until: string, at: Date): Promise<Step> {
    // A decision may take a day, and a weakening lasts for hours: neither keeps a slot. The run acquires one again with
    // the VM.
    if (run.state === "awaiting-approval" || run.state === "weakened") await slots.release(run.id, version);
    if (Date.parse(until) > at.getTime()) return { kind: "wait", until };
    const { taken } = await take(run.id, { kind: "time-passed" });
    // Not saved: a signal was faster, and wakes the run by itself.
    return taken ? { kind: "more" } : later(at, patienceMs);
  }

  function performWatched(effect: WorldEffect, run: Run): Promise<RunEvent> {
    const work = () => performSafely(effect, run);
    return watchers.reduce(
      (inner, { performing }) => (performing ? () => performing(effect, run, inner) : inner),
      work,
    )();
  }

  async function performSafely(effect: WorldEffect, run: Run): Promise<RunEvent> {
    try {
      return await performEffect(effect, run, effectPorts);
    } catch (error) {
      // A failure of the store is no failure of the run: its engine retries.
      if (effect.kind === "claim" || effect.kind === "release") throw error;
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const { problem } = fail(
        "internal",
        `An unexpected error stopped this run at "${effect.kind}". Please report it.`,
        { detail },
      );
      return effectFailed(effect, problem);
    }
  }

  /** Applies an event to the run as it is stored now: a signal may have been saved between reading and saving. */
  async function take(runId: string, event: RunEvent): Promise<{ run: Run | null; taken: boolean }> {
    for (;;) {
      const stored = await readStoredRun(store, runId);
      if (!stored.ok) return { run: null, taken: false };
      const { run: former, version } = stored.value;
      const run = apply(former, event, now());
      if (run === former) return { run, taken: false };
      if ((await store.save(run, version, deliveriesOf?.(run, former, version + 1))) === "saved") {
        if (run.state === "ended") slots.ended(run.id);
        for (const watcher of watchers) watcher.saved?.(run, former);
        return { run, taken: true };
      }
    }
  }

  async function load(runId: string): Promise<Result<Run>> {
    const stored = await readStoredRun(store, runId);
    return stored.ok ? ok(stored.value.run) : stored;
  }

  return {
    step,
    load,
    async signal(runId, signal) {
      const { run, taken } = await take(runId, signal);
      if (!run) return load(runId);
      return taken ? ok(run) : notTaken(run, signal);
    },
  };
}

/** The longer a run has been waiting, the less often it asks. */
function waitForSlot(run: Run, now: Date): Step {
  const waited = now.getTime() - Date.parse(run.createdAt);
  return { ...later(now, slotWaitMs(waited)), inLine: true };
}

function later(now: Date, ms: number): Extract<Step, { kind: "wait" }> {
  return { kind: "wait", until: new Date(now.getTime() + ms).toISOString() };
}

function notTaken(run: Run, signal: Signal): Result<Run> {
  if (signal.kind === "decide" && run.state === "awaiting-approval") {
    const { hash = "" } = run.plan ?? {};
    return fail(
      "plan-changed",
      `${signal.planHash.slice(0, 12)} is not the hash of the plan that run ${run.id} waits with (${hash.slice(0, 12)}). Read the plan again, then decide about this hash.`,
    );
  }
  if (signal.kind === "decide") {
    return fail("decision-not-awaited", `Run ${run.id} does not await a decision: it is ${run.state}.`);
  }
  const advice = run.state === "ended" ? "Undo it if it has changed anything." : "Undo it when it has ended.";
  return fail("decision-not-awaited", `Run ${run.id} is ${run.state} and can no longer be cancelled. ${advice}`);
}

/** Whether an effect is saved in the run before it is performed. */
export function isDeparture(kind: WorldEffect["kind"]): kind is Departure {
  return kind === "start-script" || kind === "restart-vm" || kind === "request-access";
}

/**
 * Whether the run has nothing to do, or nothing for now: it awaits a decision, a weakening lasts, or a late reply may
 * still arrive.
 */
export function isAtRest(run: Run, now: Date): boolean {
  const effect = next(run, now);
  if (effect.kind === "none") return true;
  if (run.state === "ended") return isWorkDone(run);
  const isPatient = run.state === "awaiting-approval" || run.state === "weakened";
  return isPatient && run.wait === null && effect.kind === "wait" && Date.parse(effect.until) > now.getTime();
}
