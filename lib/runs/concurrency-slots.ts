import type { RunStore } from "./ports.ts";
import { unreadableClaimMs } from "./timing.ts";

/** Limits how many runs are at work at once, over all processes that share a store. */
export interface ConcurrencySlots {
  /**
   * Acquires a slot for this run; the same run gets the same slot again. `false` when all are taken. The slot of a run
   * that cannot be read is taken over as its VM is. `since`: when the run was created (RFC 3339), where the oldest goes first.
   */
  acquire(runId: string, now: Date, since?: string): Promise<boolean>;
  /**
   * Releases the slot of a run that only waits, in this version of it: a version that has released it holds none, so that it costs
   * nothing to ask again. Not needed at the run's end: the slot of an ended or vanished run is free.
   */
  release(runId: string, version: number): Promise<void>;
  /** Tells that the run has ended, so that the next one finds its slot at once. */
  ended(runId: string): void;
}

/** How long a slot that was found taken is not looked at again, unless its run is known to have ended. */
const takenForMs = 10_000;

/** How long nobody looks for a free slot after one looked in vain, unless a run has ended here. */
const fullForMs = 1000;

/** How often it is asked whether the holders of the slots can be read. */
const readEveryMs = 60_000;

/**
 * Numbered slots in the store, held by claims, as VMs are. A limit on the engine's own concurrency is not enough: a run
 * at work mostly waits for its next poll. The limit is for the VMs in repair and the polls of Azure.
 *
 * Thousands of runs may wait for one of hundreds of slots. Each process remembers what it has found, so that a run that asks in
 * vain costs no claims.
 */
export function createConcurrencySlots(store: Pick<RunStore, "claim" | "release">, count: number): ConcurrencySlots {
  /** The run that was found to hold a slot, and when. */
  const taken = new Map<number, { readonly by: string; readonly at: number }>();
  /** The version of a waiting run that has released its slot here. */
  const released = new Map<string, number>();
  let readAt = Number.NEGATIVE_INFINITY;
  /** When all slots were found taken, and by which runs; `null`: one may be free. */
  let full: { readonly at: number; readonly by: ReadonlySet<string> } | null = null;

  async function claim(slot: number, runId: string, at: number, unsavedSince?: string): Promise<boolean> {
    const { held, by } = await store.claim(nameOf(slot), runId, unsavedSince);
    taken.set(slot, { by, at });
    return held;
  }

  function isWorthALook(slot: number, runId: string, at: number): boolean {
    const found = taken.get(slot);
    return !found || found.by === runId || isOver(found.at, takenForMs, at);
  }

  function forget(runId: string): void {
    for (const [slot, { by }] of taken) if (by === runId) taken.delete(slot);
    full = null;
  }

  return {
    async acquire(runId, now) {
      const at = now.getTime();
      if (full && !isOver(full.at, fullForMs, at) && !full.by.has(runId)) return false;
      for (const slot of slotsFor(runId, count)) {
        if (isWorthALook(slot, runId, at) && (await claim(slot, runId, at))) return true;
      }
      full = { at, by: new Set([...taken.values()].map(({ by }) => by)) };
      if (!isOver(readAt, readEveryMs, at)) return false;
      readAt = at;
      const unsavedSince = new Date(at - unreadableClaimMs).toISOString();
      for (const slot of slotsFor(runId, count)) if (await claim(slot, runId, at, unsavedSince)) return true;
      return false;
    },
    async release(runId, version) {
      if (released.get(runId) === version) return;
      for (const slot of slotsFor(runId, count)) await store.release(nameOf(slot), runId);
      released.set(runId, version);
      forget(runId);
    },
    ended(runId) {
      released.delete(runId);
      if ([...taken.values()].some(({ by }) => by === runId)) forget(runId);
    },
  };
}

function nameOf(slot: number): string {
  return `slot/${slot}`;
}

/** Also when the clock was set back. */
function isOver(since: number, ms: number, now: number): boolean {
  return Math.abs(now - since) >= ms;
}

/**
 * The numbers 1 to `count` in an order that depends on the id only. Runs that start together try different slots first,
 * and a run that asks again finds its own slot before a free one. The id ends in six hexadecimal digits.
 */
export function* slotsFor(id: string, count: number): Generator<number> {
  const first = Number.parseInt(id.slice(-6), 16) % count;
  for (let step = 0; step < count; step++) yield 1 + ((first + step) % count);
}
