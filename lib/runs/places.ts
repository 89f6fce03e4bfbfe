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
  const places = Array.from({ length: count }, (_, index) => `place/${index + 1}`);
  return {
    async take(runId) {
      for (const place of startingAnywhere(places, runId)) {
        if ((await store.claim(place, runId)).held) return true;
      }
      return false;
    },
    async giveBack(runId) {
      for (const place of places) await store.release(place, runId);
    },
  };
}

/** In an order of the run's own, the same each time: runs that begin together do not all ask for the first place first. */
function startingAnywhere(places: readonly string[], runId: string): string[] {
  const first = Number.parseInt(runId.replaceAll("-", "").slice(-6), 16) % places.length;
  return [...places.slice(first), ...places.slice(0, first)];
}
