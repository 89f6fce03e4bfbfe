import type { RunStore } from "./ports.ts";

/** Bounds how many runs are at work at once, over all processes that share a store. */
export interface ConcurrencySlots {
  /** A slot for this run; the same run takes the same slot again. `false` while all are taken. */
  acquire(runId: string): Promise<boolean>;
  /** Frees the run's slot. Not needed at its end: the slot of an ended or vanished run is free. */
  release(runId: string): Promise<void>;
}

/**
 * Numbered slots in the store, held as VMs are: by claims. Bounding the engine's own concurrency would not do, because a run
 * at work is mostly waiting for its next poll, and what is to be bounded are the VMs in repair and the polls of Azure.
 */
export function createConcurrencySlots(store: Pick<RunStore, "claim" | "release">, count: number): ConcurrencySlots {
  const name = (slot: number) => `slot/${slot}`;
  return {
    async acquire(runId) {
      for (const slot of slotsFor(runId, count)) {
        if ((await store.claim(name(slot), runId)).held) return true;
      }
      return false;
    },
    async release(runId) {
      for (const slot of slotsFor(runId, count)) await store.release(name(slot), runId);
    },
  };
}

/**
 * The numbers 1 to `count` in an order of the id's own, the same each time: who comes together does not ask for the first
 * slot first, and who asks again finds their own slot before a free one. The id ends in six hexadecimal digits.
 */
export function* slotsFor(id: string, count: number): Generator<number> {
  const first = Number.parseInt(id.slice(-6), 16) % count;
  for (let step = 0; step < count; step++) yield 1 + ((first + step) % count);
}
