import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { ArmAllowance, ArmBudget } from "../fleet/ports.ts";
import { retryAfterMs } from "./retry-after.ts";

/*
 * What Azure Resource Manager still grants in each subscription. Every answer says it in a header. The buckets refill by
 * themselves, so that what was seen is the least that is there now. Source:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */

const buckets = {
  reads: { perSecond: 25, capacity: 250 },
  writes: { perSecond: 10, capacity: 200 },
  deletes: { perSecond: 10, capacity: 200 },
} as const;
type Kind = keyof typeof buckets;
const kinds = Object.keys(buckets) as Kind[];

/** The longest time for which a refusal is taken at its word. */
const longestBlockMs = 60_000;

interface Seen {
  readonly left: number;
  readonly at: number;
}

export interface ArmGauge extends ArmBudget {
  /** Reads the headers of each answer. */
  readonly policy: PipelinePolicy;
}

export function createArmGauge(now: () => Date): ArmGauge {
  const seen = new Map<string, Seen>();
  const blocked = new Map<string, number>();

  function note(subscription: string, kind: Kind, left: number, at: number): void {
    seen.set(`${subscription} ${kind}`, { left, at });
  }

  function leftOf(subscription: string, kind: Kind): number | null {
    const last = seen.get(`${subscription} ${kind}`);
    if (!last) return null;
    const { perSecond, capacity } = buckets[kind];
    return Math.min(capacity, last.left + (Math.max(0, now().getTime() - last.at) * perSecond) / 1000);
  }

  return {
    policy: {
      name: "armGauge",
      async sendRequest(request, next) {
        const response = await next(request);
        const [, subscription] = /\/subscriptions\/([^/?]+)/i.exec(new URL(request.url).pathname) ?? [];
        if (subscription === undefined) return response;
        const key = subscription.toLowerCase();
        const at = now().getTime();
        let isLeft = false;
        for (const kind of kinds) {
          const left = response.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`);
          if (left === undefined || !/^\d{1,6}$/.test(left)) continue;
          note(key, kind, Number(left), at);
          isLeft = Number(left) > 0;
        }
        // A refusal while the subscription has something left is one of a single VM.
        if (response.status === 429 && !isLeft) {
          const wait = Math.min(retryAfterMs(response.headers, now()) ?? 1000, longestBlockMs);
          blocked.set(key, Math.max(blocked.get(key) ?? 0, at + wait));
        }
        return response;
      },
    },
    allowanceOf(subscriptionId): ArmAllowance {
      const key = subscriptionId.toLowerCase();
      return {
        reads: leftOf(key, "reads"),
        writes: leftOf(key, "writes"),
        deletes: leftOf(key, "deletes"),
        blockedUntil: blocked.get(key) ?? 0,
      };
    },
  };
}
