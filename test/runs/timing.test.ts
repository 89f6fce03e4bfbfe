import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, pollIntervalMs } from "../../lib/runs/timing.ts";

/**
 * Azure's bucket for reading one VM, "Low Cost Get VM": 36 in reserve, 12 per minute
 * (https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits).
 */
const bucket = { capacity: 36, perMs: 12 / 60_000 };

test("a repair's polling never overdraws the VM's bucket, however long its scripts take", () => {
  // Around the end of the eager phase is where it costs most.
  const duration = fc.oneof(fc.integer({ min: 1, max: 20 * 60_000 }), fc.integer({ min: 30_000, max: 60_000 }));
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 4 }), (durations) => {
      let tokens = bucket.capacity;
      let last = 0;
      let now = 0;
      function get(): void {
        tokens = Math.min(bucket.capacity, tokens + (now - last) * bucket.perMs) - 1;
        last = now;
        expect(tokens).toBeGreaterThanOrEqual(0);
      }
      get(); // The VM itself.
      for (const duration of durations) {
        get(); // Looking before starting.
        const started = now;
        do {
          now += pollIntervalMs(now - started);
          get();
        } while (now - started < duration);
      }
    }),
    { numRuns: 1000 },
  );
});

test("the end of a script of 25 s or more is noticed within a tenth of its time, until the interval's cap", () => {
  for (let duration = 25_000; duration <= 150_000; duration += 100) {
    let at = 0;
    while (at < duration) at += pollIntervalMs(at);
    expect(at - duration).toBeLessThanOrEqual(duration / 10);
  }
});

test("waiting doubles from five seconds to two minutes", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(backoffMs)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000]);
});
