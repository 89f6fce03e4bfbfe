import { ok, type Problem, type Result } from "../lib/core/problem.ts";
import type { Clock } from "../lib/runs/ports.ts";

interface Poll<T> {
  readonly read: () => Promise<Result<T>>;
  readonly isDone: (value: T) => boolean;
  readonly onNews: (value: T) => void;
  readonly clock: Clock;
  readonly stopped?: AbortSignal;
}

/** The first interval, and the longest, in milliseconds. A short run is seen soon, and a long one costs few requests. */
const firstMs = 1000;
const longestMs = 10_000;

/** For so long a service may be away: it goes on with the run meanwhile. */
const patienceMs = 5 * 60_000;

/**
 * Reads until it is done, at growing intervals. A service that does not answer is asked again for some minutes, as it asks
 * for. `null` when `stopped` aborts first.
 */
export async function pollUntil<T>({ read, isDone, onNews, clock, stopped }: Poll<T>): Promise<Result<T> | null> {
  let interval = firstMs;
  let awaySince: number | null = null;
  while (!stopped?.aborted) {
    const found = await read();
    const now = clock.now().getTime();
    if (found.ok) {
      awaySince = null;
      if (isDone(found.value)) return ok(found.value);
      onNews(found.value);
    } else {
      awaySince ??= now;
      if (!found.problem.retryable || now - awaySince >= patienceMs) return found;
    }
    await clock.sleep(waitOf(found.ok ? null : found.problem, interval), stopped);
    interval = Math.min(longestMs, interval * 1.5);
  }
  return null;
}

function waitOf(problem: Problem | null, interval: number): number {
  return Math.max(interval, problem?.retryAfterMs ?? 0);
}
