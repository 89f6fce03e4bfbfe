import fc from "fast-check";
import { expect, test } from "vitest";
import { retryAfterMs } from "../../lib/azure/retry-after.ts";

const now = new Date("2026-11-21T08:00:00.000Z");

function read(headers: Record<string, string>): number | undefined {
  return retryAfterMs({ get: (name) => headers[name] }, now);
}

test.each([
  [{}, undefined],
  [{ "retry-after": "17" }, 17_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after-ms": "250", "retry-after": "17" }, 250],
  [{ "x-ms-retry-after-ms": "40", "retry-after": "17" }, 40],
  [{ "retry-after-ms": "soon", "retry-after": "17" }, 17_000],
  [{ "retry-after": "Sat, 21 Nov 2026 08:01:30 GMT" }, 90_000],
  [{ "retry-after": "Sat, 21 Nov 2026 07:00:00 GMT" }, 0],
  [{ "retry-after": "later" }, undefined],
])("%j is a wait of %s ms", (headers, wait) => {
  expect(read(headers as Record<string, string>)).toBe(wait);
});

test("whatever the headers say, the wait is a whole number of milliseconds, or none is known", () => {
  const name = fc.constantFrom("retry-after", "retry-after-ms", "x-ms-retry-after-ms");
  const value = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const wait = read(headers);
      expect(wait === undefined || (Number.isSafeInteger(wait) && wait >= 0)).toBe(true);
    }),
  );
});
