import { setTimeout } from "node:timers/promises";

/**
 * The clock of a sandbox: of its Azure, of the Windows in it, and of whoever shares it. Simulated time is what the world
 * says that things take; what the machine takes for them is none of it.
 */
export interface SandboxClock {
  now(): Date;
  /** Resolves after `ms` of simulated time, or earlier when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Work that takes real time: a script, a request, the disk. Simulated time stands still until it is done. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** What the work that holds the clock takes by the world's word, however long it has really taken. */
  charge(ms: number, signal?: AbortSignal): Promise<void>;
  /** A client with a clock of its own, such as an SDK, was told to come back after so long, and is here. */
  waited(ms: number): Promise<void>;
}

/** The clock of the machine: simulated time is real time, and nothing can hold it. */
export const realClock: SandboxClock = {
  now: () => new Date(),
  sleep,
  hold: (work) => work(),
  charge: sleep,
  waited: async () => {},
};

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  // Nobody is kept waiting by a sandbox that nobody uses any more.
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => {});
}
