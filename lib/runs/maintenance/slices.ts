import { setImmediate } from "node:timers/promises";

/** How many runs are read at once: ten to twenty milliseconds of work (`npm run -s bench -- --only retention.longest-slice-ms`). */
export const sliceSize = 5;

/**
 * Lets requests and runs at work go on between two slices of periodic work. A store that answers synchronously does not
 * yield by itself, and a walk over all runs would stop the service for seconds.
 */
export async function letOthersWork(): Promise<void> {
  await setImmediate();
}
