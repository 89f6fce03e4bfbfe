import { setTimeout } from "node:timers/promises";
import type { Clock } from "../runs/ports.ts";

const turns: (() => void)[] = [];

/** One for each turn of the event loop. */
function nextTurn(): void {
  turns.shift()?.();
  if (turns.length > 0) setImmediate(nextTurn);
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    try {
      await setTimeout(ms, undefined, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
  turn: () =>
    new Promise((resolve) => {
      turns.push(resolve);
      if (turns.length === 1) setImmediate(nextTurn);
    }),
};
