import type { RunStore } from "./ports.ts";
import { unreadableClaimMs } from "./timing.ts";

/** Limits how many runs are at work at once, over all processes that share a store. */
export interface ConcurrencySlots {
  /**
   * Acquires a slot for this run; the same run gets the same slot again. `false` when all are taken. The slot of a run
   * that cannot be read is taken over as its VM is.
   */
  acquire(runId: string, now: Date): Promise<boolean>;
  /** Releases the run's slot. Not needed at the run's end: the slot of an ended or vanished run is free. */
  release(runId: string): Promise<void>;
}

/**
 * Numbered slots in the store, held by claims, as VMs are. A limit on the engine's own concurrency is not enough: a run
 * at work mostly waits for its next poll. The limit is for the VMs in repair and the polls of Azure.
 */
export function createConcurrencySlots(store: Pick<RunStore, "claim" | "release">, count: number): ConcurrencySlots {
  const name = (slot: number) => `slot/${slot}`;
  return {
    async acquire(runId, now) {
      const unsavedSince = new Date(now.getTime() - unreadableClaimMs).toISOString();
      // Whether another run can be read is asked only when all slots are taken.
      for (const since of [undefined, unsavedSince]) {
        for (const slot of slotsFor(runId, count)) {
          if ((await store.claim(name(slot), runId, since)).held) return true;
        }
      }
      return false;
    },
    async release(runId) {
      for (const slot of slotsFor(runId, count)) await store.release(name(slot), runId);
    },
  };
}

/**
 * The numbers 1 to `count` in an order that depends on the id only. Runs that start together try different slots first,
 * and a run that asks again finds its own slot before a free one. The id ends in six hexadecimal digits.
 */
export function* slotsFor(id: string, count: number): Generator<number> {
  const first = Number.parseInt(id.slice(-6), 16) % count;
  for (let step = 0; step < count; step++) yield 1 + ((first + step) % count);
}
