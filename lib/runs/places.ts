import type { RunStore } from "./ports.ts";

/** Bounds how many runs are at work at once, over all processes that share a store. */
export interface Places {
  /** A place for this run; the same run takes the same place again. `false` while all are taken. */
  take(runId: string): Promise<boolean>;
  /** Frees the run's place. Not needed at its end: the place of an ended or vanished run is free. */
  giveBack(runId: string): Promise<void>;
}

/**
 * Numbered places in the store, held as VMs are: by claims. Bounding the engine's own concurrency would not do, because a run
 * at work is mostly waiting for its next poll, and what is to be bounded are the VMs in repair and the polls of Azure.
 */
export function createPlaces(store: Pick<RunStore, "claim" | "release">, count: number): Places {
  const name = (place: number) => `place/${place}`;
  return {
    async take(runId) {
      for (const place of placesFor(runId, count)) {
        if ((await store.claim(name(place), runId)).held) return true;
      }
      return false;
    },
    async giveBack(runId) {
      for (const place of placesFor(runId, count)) await store.release(name(place), runId);
    },
  };
}

/**
 * The numbers 1 to `count` in an order of the id's own, the same each time: who comes together does not ask for the first
 * place first, and who asks again finds their own place before a free one. The id ends in six hexadecimal digits.
 */
export function* placesFor(id: string, count: number): Generator<number> {
  const first = Number.parseInt(id.slice(-6), 16) % count;
  for (let step = 0; step < count; step++) yield 1 + ((first + step) % count);
}
