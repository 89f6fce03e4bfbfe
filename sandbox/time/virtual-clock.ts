import { setImmediate, setTimeout } from "node:timers/promises";
import type { SandboxClock } from "./clock.ts";

export interface VirtualClock extends SandboxClock {
  /** Lets time pass until `work` is settled. Otherwise time stands still, so that no test depends on its own speed. */
  during<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly due: number;
  wake(): void;
}

/** After this many turns of the event loop without a change, only waits for the clock remain. */
const quietTurns = 3;

/** The longest delay of a Node.js timer. */
const longestTimerMs = 2_147_483_647;

/**
 * A discrete-event clock. Time passes only while a caller waits for it (`during`) and no real work holds it (`hold`). It
 * then advances to the next event: at once, or `scale` times as fast as the machine's clock.
 * @param scale Simulated seconds per real second; infinite by default.
 */
export function createVirtualClock({ start = new Date(), scale = Number.POSITIVE_INFINITY } = {}): VirtualClock {
  let time = start.getTime();
  let holds = 0;
  let waits = 0;
  /** Counts the changes after which new work may be pending. */
  let news = 0;
  let going = false;
  /** The interval that passes at `scale`: its start and its end. */
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

  /** Advances to this time, or until the next change. */
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
        // All other ready work runs first, as with a real timer.
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
