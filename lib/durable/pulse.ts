import type { RunStore } from "../runs/ports.ts";
import { callOrchestrations, type Orchestrations } from "./engine.ts";

const pulseEveryMs = 120_000;

/** In how many of the last periods, the present one included, a pulse must have arrived. */
const periods = 3;

/** The instance ids repeat each day, so that pulses that never end leave no more than a day of history behind. */
const idsInUse = (24 * 3_600_000) / pulseEveryMs;

export interface PulseOptions {
  readonly orchestrations: Pick<Orchestrations, "startPulse" | "purge">;
  readonly store: Pick<RunStore, "reserve" | "reservedBy">;
  readonly now: () => Date;
}

/**
 * Shows whether Durable Functions works on what it is given: an orchestration that does nothing takes the way of every run,
 * through the timer, the client, the queues or the scheduler, an orchestrator and an activity. A long queue delays pulses
 * and keeps none back: each that arrives counts, however late.
 */
export interface Pulse {
  /** Starts the pulse of this period, unless one has arrived in it. For the timer. */
  start(): Promise<void>;
  /** The activity of a pulse: notes that it has arrived. */
  arrived(): Promise<void>;
  /** @throws Error when none has arrived for 4 to 6 minutes, and this process has been here for as long */
  check(): Promise<void>;
}

export function createPulse({ orchestrations, store, now }: PulseOptions): Pulse {
  const begun = periodOf(now());

  const isThere = async (period: number) => (await store.reservedBy(keyOf(period), now().toISOString())) !== null;

  return {
    async start() {
      const period = periodOf(now());
      if (await isThere(period)) return;
      await callOrchestrations(orchestrations.startPulse(instanceOf(period)));
      await callOrchestrations(orchestrations.purge(instanceOf(period - periods)));
    },
    async arrived() {
      const at = now();
      const period = periodOf(at);
      const until = new Date((period + periods) * pulseEveryMs).toISOString();
      await store.reserve(keyOf(period), "pulse", until, at.toISOString());
    },
    async check() {
      const period = periodOf(now());
      for (let back = 0; back < periods; back += 1) if (await isThere(period - back)) return;
      if (period - begun < periods) return;
      const minutes = ((periods - 1) * pulseEveryMs) / 60_000;
      throw new Error(
        `Nothing has come through Durable Functions for ${minutes} minutes. Look whether the function sweep runs, and at the host's log for its task hub.`,
      );
    },
  };
}

function periodOf(at: Date): number {
  return Math.floor(at.getTime() / pulseEveryMs);
}

function keyOf(period: number): string {
  return `pulse/${period}`;
}

function instanceOf(period: number): string {
  return `pulse-${period % idsInUse}`;
}
