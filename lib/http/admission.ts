/** Bounds how much of one kind of work is done at once. What would wait for long is refused, at next to no cost. */
export interface Admission {
  /** `null` when there is no room now: the work was not begun. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
}

/**
 * `atOnce` are at work; so many as have room in `waiting` wait for their turn, for `patienceMs` at most. A storm of requests
 * then costs the refusals, and those that are taken are answered as fast as on a quiet day.
 */
export function createAdmission(
  { atOnce, waiting, patienceMs }: AdmissionLimits,
  now: () => number = () => performance.now(),
): Admission {
  let working = 0;
  const queue: { readonly since: number; go: (admitted: boolean) => void }[] = [];

  /** Who has waited the longest. A busy process fires its timers late: whose patience is over is refused here as well. */
  function nextInQueue() {
    for (let place = queue.shift(); place; place = queue.shift()) {
      if (now() - place.since < patienceMs) return place;
      place.go(false);
    }
    return null;
  }

  function turn(): Promise<boolean> {
    if (working < atOnce) {
      working += 1;
      return Promise.resolve(true);
    }
    if (queue.length >= waiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      const place = {
        since: now(),
        go(admitted: boolean) {
          clearTimeout(timer);
          resolve(admitted);
        },
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(place), 1);
        resolve(false);
      }, patienceMs);
      queue.push(place);
    });
  }

  return {
    async run(work) {
      if (!(await turn())) return null;
      // A store that answers at once never lets the process read the next request: without this pause each request would be
      // worked off before the next one is seen, and a storm would wait in sockets, where nobody counts it.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await work();
      } finally {
        const next = nextInQueue();
        if (next) next.go(true);
        else working -= 1;
      }
    },
  };
}

/** For alerts, per process: refused before a second has passed (`npm run -s bench -- --only storm.refused-p99`). */
export const alertLimits: AdmissionLimits = { atOnce: 8, waiting: 32, patienceMs: 800 };

export interface AdmissionLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly patienceMs: number;
}
