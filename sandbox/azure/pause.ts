import { setTimeout as wait } from "node:timers/promises";

/** Waits; `true` when the time is over, `false` when the signal came first. Never throws. */
export async function waitMilliseconds(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(seconds * 1000, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
