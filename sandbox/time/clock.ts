import { setTimeout } from "node:timers/promises";

/**
 * The clock of a sandbox: of its Azure, of its Windows VMs, and of a client that shares it. Simulated time is the
 * duration that the world gives to an operation. The time that the machine needs for it does not count.
 */
export interface SandboxClock {
  now(): Date;
  /** Resolves after `ms` of simulated time, or earlier when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs work that takes real time: a script, a request, the disk. Simulated time stands still until it is done. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Adds the simulated duration of the work that holds the clock, whatever its real duration was. */
  charge(ms: number, signal?: AbortSignal): Promise<void>;
  /** Advances the clock for a client that waited in real time, such as an SDK that obeyed Retry-After. */
  waited(ms: number): Promise<void>;
}

/** The clock of the machine: simulated time is real time and cannot be held. */
export const realClock: SandboxClock = {
  now: () => new Date(),
  sleep,
  hold: (work) => work(),
  charge: sleep,
  waited: async () => {},
};

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  // The timer of an unused sandbox must not keep the process alive.
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => {});
}
