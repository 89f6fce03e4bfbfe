/*
 * The token buckets of ARM and of the compute provider. All calls are counted, so that a test can check a caller against
 * the limits. Calls are rejected only in a world with `throttling`. Sources:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits
 */

/** Refill per minute and capacity, of one VM and of its subscription. `null`: no limit per VM. */
const computePolicies = {
  UpdateVM: { vm: { perMinute: 4, capacity: 12 }, subscription: { perMinute: 500, capacity: 1500 } },
  LowCostGetVM: { vm: { perMinute: 12, capacity: 36 }, subscription: { perMinute: 8000, capacity: 24_000 } },
  GetOperation: { vm: { perMinute: 15, capacity: 45 }, subscription: { perMinute: 5000, capacity: 15_000 } },
  HighCostGet: { vm: null, subscription: { perMinute: 300, capacity: 900 } },
} as const;
export type ComputePolicy = keyof typeof computePolicies;

const armPolicies = {
  reads: { perMinute: 25 * 60, capacity: 250 },
  writes: { perMinute: 10 * 60, capacity: 200 },
  deletes: { perMinute: 10 * 60, capacity: 200 },
} as const;

interface Limit {
  readonly perMinute: number;
  readonly capacity: number;
}

interface Bucket {
  readonly name: string;
  readonly scope: string;
  readonly limit: Limit;
  tokens: number;
  filledAt: number;
}

/** The empty bucket that a call met. */
export interface Exceeded {
  readonly policy: string;
  /** The VM, the subscription, or the caller within the subscription. */
  readonly scope: string;
  readonly at: string;
  readonly retryAfterSeconds: number;
}

export interface Charge {
  readonly exceeded: Exceeded | null;
  /** The remaining tokens, as ARM's headers. */
  readonly headers: Record<string, string>;
}

export interface Budget {
  charge(call: {
    method: string;
    subscription: string;
    principal: string;
    policy?: ComputePolicy;
    vm?: string;
  }): Charge;
  /** All calls so far that the real Azure would have rejected. */
  readonly exceeded: readonly Exceeded[];
}

export function makeBudget(now: () => Date): Budget {
  const buckets = new Map<string, Bucket>();
  const exceeded: Exceeded[] = [];

  function bucket(name: string, scope: string, limit: Limit): Bucket {
    const key = `${name} ${scope}`;
    const at = now().getTime();
    const found = buckets.get(key) ?? { name, scope, limit, tokens: limit.capacity, filledAt: at };
    found.tokens = Math.min(limit.capacity, found.tokens + ((at - found.filledAt) / 60_000) * limit.perMinute);
    found.filledAt = at;
    buckets.set(key, found);
    return found;
  }

  return {
    exceeded,
    charge({ method, subscription, principal, policy, vm }) {
      const kind = method === "GET" || method === "HEAD" ? "reads" : method === "DELETE" ? "deletes" : "writes";
      const arm = bucket(`subscription-${kind}`, `${subscription} ${principal}`, armPolicies[kind]);
      const compute = policy ? computeBuckets(policy, subscription, vm) : [];
      const all = [arm, ...compute];
      const empty = all.find((one) => one.tokens < 1);
      if (empty) {
        const retryAfterSeconds = Math.ceil(((1 - empty.tokens) / empty.limit.perMinute) * 60);
        exceeded.push({ policy: empty.name, scope: empty.scope, at: now().toISOString(), retryAfterSeconds });
      } else {
        for (const one of all) one.tokens -= 1;
      }
      const left = (one: Bucket) => Math.max(0, Math.floor(one.tokens));
      return {
        exceeded: empty ? (exceeded.at(-1) ?? null) : null,
        headers: {
          [`x-ms-ratelimit-remaining-${arm.name}`]: String(left(arm)),
          ...(compute.length > 0 && {
            "x-ms-ratelimit-remaining-resource": compute
              .map((one) => `Microsoft.Compute/${one.name};${left(one)}`)
              .join(","),
          }),
        },
      };
    },
  };

  function computeBuckets(policy: ComputePolicy, subscription: string, vm: string | undefined): Bucket[] {
    const limits = computePolicies[policy];
    // The documents call this policy LowCostGetVM; the recorded headers say LowCostGet.
    const name = policy === "LowCostGetVM" ? "LowCostGet" : policy;
    const ofSubscription = bucket(`${name}SubscriptionMaximum`, subscription, limits.subscription);
    return limits.vm && vm ? [bucket(`${name}Resource`, vm, limits.vm), ofSubscription] : [ofSubscription];
  }
}
