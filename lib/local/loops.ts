import type { Clock } from "../runs/ports.ts";
import type { Step } from "../runs/stepper.ts";
import { backoffMs } from "../runs/timing.ts";
import type { Leases } from "./sqlite-leases.ts";

/**
 * A step takes seconds, and what fails is tried again within minutes. One that takes longer hangs: its run waits for nobody
 * and does not go on.
 */
const stuckAfterMs = 300_000;

/** A lease is renewed well before it would expire, also while a run only waits. */
const heartbeatMs = 20_000;

export interface LoopsOptions {
  readonly leases: Pick<Leases, "lease" | "unlease">;
  readonly clock: Clock;
  readonly step: (id: string, stop: AbortSignal) => Promise<Step>;
  /** Called when a step throws; it is tried again. */
  readonly onFailure?: ((error: unknown, id: string) => void) | undefined;
}

/** The loops of one engine: one for each run or operation that is at work in this process. */
export interface Loops {
  /** Works until nothing is left to do, unless another living process does. Never rejects: a failed step is retried. */
  drive(id: string): Promise<void>;
  /** The loop that is at work on it, if there is one. */
  at(id: string): Promise<void> | undefined;
  /** Ends its wait: there is something to do. */
  wake(id: string): void;
  /** @throws Error when a loop has not got through its step for minutes, although nobody is waited for */
  check(): Promise<void>;
  readonly stopped: AbortSignal;
  /** Stops all loops. What they worked on stays as it is. */
  close(): Promise<void>;
}

/** Drives by steps in this process: every step is saved before the next is taken. */
export function createLoops({ leases, clock, step, onFailure }: LoopsOptions): Loops {
  const driving = new Map<string, Promise<void>>();
  const wakers = new Map<string, AbortController>();
  /** When the step of each loop that is not waiting began; when it has failed since, the first time. */
  const stepping = new Map<string, number>();
  const stop = new AbortController();

  function drive(id: string): Promise<void> {
    const already = driving.get(id);
    if (already) return already;
    const work = driveToRest(id).finally(() => {
      driving.delete(id);
      wakers.delete(id);
      stepping.delete(id);
    });
    driving.set(id, work);
    return work;
  }

  async function driveToRest(id: string): Promise<void> {
    for (let failures = 0; !stop.signal.aborted; ) {
      // Set before the step: a signal that arrives while the step reads must shorten the wait that follows.
      const waker = new AbortController();
      wakers.set(id, waker);
      if (failures === 0) stepping.set(id, clock.now().getTime());
      try {
        await clock.turn?.();
        if (!(await leases.lease(id, clock.now()))) return;
        const left = await step(id, stop.signal);
        failures = 0;
        stepping.delete(id);
        if (left.kind === "rest") {
          await leases.unlease(id);
          // A signal may have arrived meanwhile.
          if (!waker.signal.aborted) return;
        }
        if (left.kind === "wait") await waitFor(left, id, waker.signal);
      } catch (error) {
        failures += 1;
        if (failures === 1) onFailure?.(error, id);
        await clock.sleep(backoffMs(failures), waker.signal);
      }
    }
  }

  /** A heartbeat takes a step, which sees what another process has saved; while it waits in line, it only renews the lease. */
  async function waitFor(
    { until, inLine }: Extract<Step, { kind: "wait" }>,
    id: string,
    woken: AbortSignal,
  ): Promise<void> {
    for (;;) {
      const left = Math.max(0, Date.parse(until) - clock.now().getTime());
      await clock.sleep(Math.min(left, heartbeatMs), woken);
      if (!inLine || left <= heartbeatMs || woken.aborted || !(await leases.lease(id, clock.now()))) return;
    }
  }

  /** A lease that cannot be released expires by itself, and this process is about to end. */
  async function releaseLease(id: string): Promise<void> {
    try {
      await leases.unlease(id);
    } catch (error) {
      onFailure?.(error, id);
    }
  }

  return {
    drive,
    at: (id) => driving.get(id),
    wake: (id) => wakers.get(id)?.abort(),
    async check() {
      const now = clock.now().getTime();
      const stuck = [...stepping].filter(([, since]) => now - since >= stuckAfterMs);
      const [first] = stuck;
      if (first)
        throw new Error(
          `${stuck.length} are due and do not go on, e.g. ${first[0]} since ${new Date(first[1]).toISOString()}.`,
        );
    },
    stopped: stop.signal,
    async close() {
      stop.abort();
      for (const waker of wakers.values()) waker.abort();
      const working = [...driving.keys()];
      await Promise.allSettled(driving.values());
      await Promise.all(working.map(releaseLease));
    },
  };
}
