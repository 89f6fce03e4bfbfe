/*
 * The quota of Resource Graph: 15 queries in each window of 5 seconds for each principal. Source:
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 */

const queries = 15;
const windowMs = 5000;

export interface QuotaCharge {
  readonly exceeded: boolean;
  readonly retryAfterSeconds: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Quota {
  charge(principal: string): QuotaCharge;
}

export function makeQuota(now: () => Date): Quota {
  const windows = new Map<string, { readonly end: number; used: number }>();
  return {
    charge(principal) {
      const at = now().getTime();
      const known = windows.get(principal);
      const window = known && known.end > at ? known : { end: at + windowMs, used: 0 };
      windows.set(principal, window);
      window.used += 1;
      const seconds = Math.ceil((window.end - at) / 1000);
      return {
        exceeded: window.used > queries,
        retryAfterSeconds: seconds,
        headers: {
          "x-ms-user-quota-remaining": String(Math.max(0, queries - window.used)),
          "x-ms-user-quota-resets-after": `00:00:${String(seconds).padStart(2, "0")}`,
        },
      };
    },
  };
}
