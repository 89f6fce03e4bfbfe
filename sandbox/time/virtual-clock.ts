import { setImmediate, setTimeout } from "node:timers/promises";
import type { SandboxClock } from "./clock.ts";

export interface VirtualClock extends SandboxClock {
  /** Lets time pass until this is settled. Without such a wait it stands still: a test that thinks is not hurried. */
  during<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly due: number;
  wake(): void;
}

/** Turns of the event loop without news after which nothing is under way but what waits for the clock. */
const quietTurns = 3;

/** Timers of Node know no longer wait. */
const longestTimerMs = 2_147_483_647;

/**
 * A clock of discrete events. Time passes only while somebody waits for it (`during`) and nothing real is at work
 * (`hold`); then it goes on to the next event, at once, or `scale` times as fast as the machine's clock.
 * @param scale Simulated seconds in a real one; infinite by default.
 */
export function createVirtualClock({ start = new Date(), scale = Number.POSITIVE_INFINITY } = {}): VirtualClock {
  let time = start.getTime();
  let holds = 0;
  let waits = 0;
  /** Counts everything that may have set something in motion. */
  let news = 0;
  let going = false;
  /** Time that passes at a scale: since when, up to when. */
  let passing: { readonly time: number; readonly real: number; readonly due: number; stop(): void } | null = null;
  const timers: Timer[] = [];

  function now(): number {
    if (!passing) return time;
    return Math.min(passing.due, passing.time + (performance.now() - passing.real) * scale);
  }

  function changed(): void {
    news += 1;
    if (passing) {
      time = now();
      passing.stop();
      passing = null;
    }
    if (!going && mayPass()) void go();
  }

  function mayPass(): boolean {
    return holds === 0 && waits > 0 && timers.length > 0;
  }

  async function go(): Promise<void> {
    going = true;
    while (mayPass()) {
      const seen = news;
      await quiet();
      if (seen === news && mayPass()) await passTo(nextDue());
    }
    going = false;
  }

  async function quiet(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn += 1) await setImmediate();
  }

  /** Up to this time, or for as long as there is no news. */
  async function passTo(due: number): Promise<void> {
    const ms = (due - time) / scale;
    if (ms > 0) {
      const stopped = new AbortController();
      passing = { time, real: performance.now(), due, stop: () => stopped.abort() };
      await setTimeout(Math.min(ms, longestTimerMs), undefined, { signal: stopped.signal }).catch(() => {});
      if (!passing || ms > longestTimerMs) return;
      passing = null;
    }
    wakeAt(due);
  }

  function nextDue(): number {
    return timers.reduce((first, { due }) => Math.min(first, due), Number.POSITIVE_INFINITY);
  }

  function wakeAt(due: number): void {
    time = Math.max(time, due);
    for (const timer of timers.filter((one) => one.due <= time)) timer.wake();
  }

  async function charge(ms: number, signal?: AbortSignal): Promise<void> {
    const until = now() + ms;
    while (!signal?.aborted && nextDue() <= until) {
      wakeAt(nextDue());
      await quiet();
    }
    if (!signal?.aborted) time = Math.max(time, until);
  }

  return {
    now: () => new Date(now()),
    sleep(ms, signal) {
      return new Promise((resolve) => {
        const timer: Timer = { due: now() + ms, wake };
        function wake(): void {
          const at = timers.indexOf(timer);
          if (at >= 0) timers.splice(at, 1);
          signal?.removeEventListener("abort", wake);
          changed();
          resolve();
        }
        // Everything else that is ready goes first, as it would with a real timer.
        if (!(ms > 0) || signal?.aborted) return void setImmediate().then(resolve);
        signal?.addEventListener("abort", wake, { once: true });
        timers.push(timer);
        changed();
      });
    },
    async hold(work) {
      holds += 1;
      changed();
      try {
        return await work();
      } finally {
        holds -= 1;
        changed();
      }
    },
    charge,
    waited: (ms) => charge(ms),
    async during(work) {
      waits += 1;
      changed();
      try {
        return await work;
      } finally {
        waits -= 1;
        changed();
      }
    },
  };
}
