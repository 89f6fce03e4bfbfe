import type { ConcurrencySlots } from "../runs/concurrency-slots.ts";

/** A run that does not ask for the slot of its turn within this time hangs: the next one that asks may have it. */
const turnMs = 10_000;

/** How often the first in line asks although no slot is known to be free: one may have been freed in another process. */
const askEveryMs = 10_000;

export interface SlotLine extends ConcurrencySlots {
  /** The run no longer asks in this process. */
  left(runId: string): void;
}

/**
 * The runs of this process that wait for a slot, oldest first. A slot that is freed here is the turn of the first one, which is
 * woken for it, so that the others need not ask. What another process frees, or held when it died, is found by whoever asks
 * next, and is the turn of the first one too.
 */
export function createSlotLine(
  slots: ConcurrencySlots,
  { wake, now }: { readonly wake: (runId: string) => void; readonly now: () => Date },
): SlotLine {
  /** When each of them was created (RFC 3339); of those of one time the first to ask comes first. */
  const waiting = new Map<string, string>();
  const holding = new Set<string>();
  let turn: { readonly of: string; readonly at: number } | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;

  function first(): string | null {
    let [oldest, since] = ["", ""];
    for (const [runId, created] of waiting) if (!oldest || created < since) [oldest, since] = [runId, created];
    return oldest || null;
  }

  function nextTurn(): void {
    const of = first();
    turn = of === null ? null : { of, at: now().getTime() };
    if (of !== null) wake(of);
  }

  function endTurnOf(runId: string): void {
    if (turn?.of === runId) nextTurn();
  }

  function left(runId: string): void {
    waiting.delete(runId);
    holding.delete(runId);
    endTurnOf(runId);
  }

  /** Whether another run is to ask first. */
  function isTurnOfAnother(runId: string, at: number): boolean {
    if (turn && Math.abs(at - turn.at) >= turnMs) {
      // Whoever asks now goes first, so that slow ones do not hand the turn round for ever.
      waiting.delete(turn.of);
      turn = null;
      return false;
    }
    if (turn) return turn.of !== runId;
    // Only who asks for the first time may hold a slot without knowing it, from before this process.
    if (!waiting.has(runId) || first() === runId) return false;
    if (Math.abs(at - askedAt) >= askEveryMs) nextTurn();
    return true;
  }

  return {
    async acquire(runId, asked, since = asked.toISOString()) {
      if (!holding.has(runId) && isTurnOfAnother(runId, asked.getTime())) {
        waiting.set(runId, since);
        return false;
      }
      askedAt = asked.getTime();
      if (await slots.acquire(runId, asked)) {
        waiting.delete(runId);
        holding.add(runId);
        endTurnOf(runId);
        return true;
      }
      waiting.set(runId, since);
      if (turn?.of === runId) turn = null;
      return false;
    },
    async release(runId, version) {
      await slots.release(runId, version);
      if (holding.delete(runId)) nextTurn();
    },
    ended(runId) {
      slots.ended(runId);
      const isFree = holding.has(runId);
      left(runId);
      if (isFree && !turn) nextTurn();
    },
    left,
  };
}
