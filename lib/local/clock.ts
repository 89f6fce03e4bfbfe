import { setTimeout } from "node:timers/promises";
import type { Clock } from "../runs/ports.ts";

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
};
