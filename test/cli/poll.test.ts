import { expect, test } from "vitest";
import { pollUntil } from "../../cli/poll.ts";
import { fail, ok, type Result } from "../../lib/core/problem.ts";

/** A clock that only counts, and answers in the order of the script; the last one stays. */
function watch(script: Result<number>[], stopped?: AbortSignal) {
  let now = 0;
  const waits: number[] = [];
  const news: number[] = [];
  const polled = pollUntil({
    read: async () => (script.length > 1 ? script.shift() : script[0]) ?? ok(0),
    isDone: (value) => value === 0,
    onNews: (value) => void news.push(value),
    clock: {
      now: () => new Date(now),
      async sleep(ms) {
        waits.push(ms);
        now += ms;
      },
    },
    ...(stopped && { stopped }),
  });
  return { polled, waits, news };
}

test("reads at growing intervals, and tells what it was on the way", async () => {
  const { polled, waits, news } = watch([...Array.from({ length: 8 }, (_, i) => ok(8 - i)), ok(0)]);
  expect(await polled).toEqual(ok(0));
  expect(news).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  expect(waits.slice(0, 3)).toEqual([1000, 1500, 2250]);
  expect(Math.max(...waits)).toBe(10_000);
});

test("waits as long as the service asks for, and goes on when it is back", async () => {
  const away = fail("throttled", "Later.", { retryable: true, retryAfterMs: 30_000 });
  const { polled, waits } = watch([away, ok(1), ok(0)]);
  expect(await polled).toEqual(ok(0));
  expect(waits[0]).toBe(30_000);
});

test("gives up on a service that stays away for minutes, and at once where waiting is of no use", async () => {
  const away = fail("service-unavailable", "Away.", { retryable: true });
  const { polled, waits } = watch([away]);
  expect(await polled).toEqual(away);
  expect(waits.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(5 * 60_000);
  const gone = fail("run-not-found", "Gone.");
  const other = watch([gone]);
  expect(await other.polled).toEqual(gone);
  expect(other.waits).toEqual([]);
});

test("ends when it is stopped", async () => {
  const { polled } = watch([ok(1)], AbortSignal.abort());
  expect(await polled).toBeNull();
});
