const second = 1000;
const minute = 60 * second;

/** How often a run at work is read. Its end is mostly reported at once; this finds the ends that were not. */
export const lookMs = 15 * second;

/** How often a run is read that waits for a person, or keeps a setting weakened. */
export const parkedLookMs = 30 * second;

/** How often it is looked whether more may start: the buckets of Azure Resource Manager refill every second. */
export const paceMs = second;

/** How long a paused operation sleeps; a signal wakes it. */
export const pausedMs = 10 * minute;

/** How often a busy VM is tried again, and for how long. */
export const busyRetryMs = minute;
export const busyPatienceMs = 60 * minute;

/** The most members that wait for a person or for another run: with more of them nothing is started. */
export const mostWaiting = 200;

/** How many of the last ends make the pace. */
export const paceOver = 50;
