import { setTimeout } from "node:timers/promises";
import type { Clock } from "../runs/ports.ts";

const turns: (() => void)[] = [];

/**
 * How many turns of the event loop are left to requests after each that work has had: libuv accepts one connection in a turn
 * (measured, 1.46 and 1.52), so that hundreds of runs which become due together would keep new connections waiting.
 */
const turnsForRequests = 6;
let turnsLeft = 0;

function nextTurn(): void {
  if (turnsLeft > 0) {
    turnsLeft -= 1;
  } else {
    turns.shift()?.();
    turnsLeft = turnsForRequests;
  }
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
