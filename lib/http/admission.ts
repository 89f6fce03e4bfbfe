/** Bounds how much of one kind of work is done at once. What would wait for long is refused, at next to no cost. */
export interface Admission {
  /** `null` when there is no room now: the work was not begun. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
}

/** How much the duration of the latest work counts in the mean. */
const share = 0.1;

/**
 * `atOnce` are at work; the next ones wait for their turn, when it is expected to come within `patienceMs` by the mean duration of
 * the work so far. All others are refused on arrival: a storm of requests then costs the refusals, and those that are taken are
 * answered as fast as on a quiet day. What was let in is never refused later: whoever is to come again learns it at once.
 */
export function createAdmission(
  { atOnce, waiting, patienceMs }: AdmissionLimits,
  now: () => number = () => performance.now(),
): Admission {
  let working = 0;
  let meanMs = 0;
  const queue: (() => void)[] = [];

  function turn(): Promise<boolean> {
    if (working < atOnce) {
      working += 1;
      return Promise.resolve(true);
    }
    const expectedMs = ((queue.length + 1) * meanMs) / atOnce;
    if (queue.length >= waiting || expectedMs > patienceMs) return Promise.resolve(false);
    return new Promise((resolve) => queue.push(() => resolve(true)));
  }

  return {
    async run(work) {
      if (!(await turn())) return null;
      // A store that answers at once never lets the process read the next request: without this pause each request would be
      // worked off before the next one is seen, and a storm would wait in sockets, where nobody counts it.
      await new Promise((resolve) => setImmediate(resolve));
      const begun = now();
      try {
        return await work();
      } finally {
        meanMs += (now() - begun - meanMs) * share;
        const next = queue.shift();
        if (next) next();
        else working -= 1;
      }
    },
  };
}

/** For alerts, per process: those that are taken are answered within a second (`npm run -s bench -- --only alerts.shed-ms`). */
export const alertLimits: AdmissionLimits = { atOnce: 8, waiting: 32, patienceMs: 800 };

export interface AdmissionLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly patienceMs: number;
}
