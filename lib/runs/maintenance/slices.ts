import { setImmediate } from "node:timers/promises";

/** How many runs are read at once: some milliseconds of work. */
export const sliceSize = 20;

/**
 * Lets requests and runs at work go on between two slices of periodic work. A store that answers synchronously does not
 * yield by itself, and a walk over all runs would stop the service for seconds.
 */
export async function letOthersWork(): Promise<void> {
  await setImmediate();
}
