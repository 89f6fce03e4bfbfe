/** The part of the SDK's header collection that is needed here. */
interface Headers {
  get(name: string): string | undefined;
}

/**
 * How long Azure asks us to wait, in milliseconds; `undefined` when it does not say. `retry-after-ms` and
 * `x-ms-retry-after-ms` are finer and come first; `Retry-After` is seconds or an HTTP date.
 */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const fine = headers.get("retry-after-ms") ?? headers.get("x-ms-retry-after-ms");
  if (fine !== undefined && isCount(fine)) return Number(fine);
  const coarse = headers.get("retry-after");
  if (coarse === undefined) return undefined;
  if (isCount(coarse)) return Number(coarse) * 1000;
  const date = Date.parse(coarse);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
