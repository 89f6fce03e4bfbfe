/** Bounds how much of one kind of work is done at once. What would wait for long is refused, at next to no cost. */
export interface Admission {
  /** `null` when there is no room now: the work was not begun. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
}

/**
 * `atOnce` are at work; so many as have room in `waiting` wait for their turn, for `patienceMs` at most. A storm of requests
 * then costs the refusals, and those that are taken are answered as fast as on a quiet day.
 */
export function createAdmission({ atOnce, waiting, patienceMs }: AdmissionLimits): Admission {
  let working = 0;
  const queue: { go: (admitted: boolean) => void }[] = [];

  function turn(): Promise<boolean> {
    if (working < atOnce) {
      working += 1;
      return Promise.resolve(true);
    }
    if (queue.length >= waiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      const place = {
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
      try {
        return await work();
      } finally {
        // The place goes to whoever waits the longest.
        const next = queue.shift();
        if (next) next.go(true);
        else working -= 1;
      }
    },
  };
}

export interface AdmissionLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly patienceMs: number;
}
