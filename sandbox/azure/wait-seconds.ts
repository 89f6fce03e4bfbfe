import type { SandboxClock } from "../time/clock.ts";

/** Waits in simulated time: `true` when the time is over, `false` when the signal aborted first. Never throws. */
export async function waitSeconds(clock: SandboxClock, seconds: number, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(seconds * 1000, signal);
  return !signal.aborted;
}
