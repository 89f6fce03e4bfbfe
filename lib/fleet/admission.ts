import { atWorkOf, type FleetOperation, waitingOf } from "./fleet-operation.ts";
import type { Room } from "./machine/next.ts";
import type { ArmAllowance, ArmBudget } from "./ports.ts";

/*
 * How many runs an operation may start now: its fair share of the places for operations, and what Azure's token buckets
 * still grant. Pure.
 */

/** An operation that could use places; those of one caller are served in their order. */
export interface Claim {
  readonly id: string;
  readonly caller: string;
  /** How many places it could use, those that it uses included. */
  readonly demand: number;
}

/**
 * Divides the places among callers: each in turn gets one, for the oldest of its operations that can use it. A caller with
 * many operations gets no more than one with a single operation; what a caller cannot use goes to the others.
 * @param claims The oldest first.
 */
export function fairShares(claims: readonly Claim[], places: number): ReadonlyMap<string, number> {
  const shares = new Map(claims.map(({ id }) => [id, 0]));
  const callers = new Map<string, Claim[]>();
  for (const claim of claims) callers.set(claim.caller, [...(callers.get(claim.caller) ?? []), claim]);
  let left = places;
  for (let moved = true; moved && left > 0; ) {
    moved = false;
    for (const own of callers.values()) {
      const claim = own.find(({ id, demand }) => (shares.get(id) ?? 0) < demand);
      if (!claim || left < 1) continue;
      shares.set(claim.id, (shares.get(claim.id) ?? 0) + 1);
      left -= 1;
      moved = true;
    }
  }
  return shares;
}

/** The claim of an operation. A paused one keeps the places of what is at work, and wants no other. */
export function claimOf(operation: FleetOperation): Claim {
  const atWork = atWorkOf(operation);
  const wanted = operation.state === "running" ? waitingOf(operation) : 0;
  const { objectId, by } = operation.trigger;
  return { id: operation.id, caller: objectId ?? by, demand: Math.min(operation.policy.atWork, atWork + wanted) };
}

/**
 * What one run asks of Azure Resource Manager in its first seconds: it reads the VM and its network, starts a script and
 * looks for it. `test/e2e/fleet.test.ts` holds it against a real one.
 */
export const firstCalls = { reads: 12, writes: 4, deletes: 1 } as const;

/** What is left to the runs at work, to single runs and to alerts: of 250 reads, 200 writes and 200 deletes. */
const reserve = { reads: 100, writes: 60, deletes: 60 } as const;

/** How many runs may start in a subscription whose headers were not seen yet. */
const startsUnseen = 5;

/** For this long the headers may not show the calls of a run that was started. */
export const unseenMs = 3000;

/** How many runs the buckets of a subscription allow to start, when `pending` have just started. */
export function startsAllowed(allowance: ArmAllowance, pending: number, now: Date): number {
  if (allowance.blockedUntil > now.getTime()) return 0;
  const kinds = ["reads", "writes", "deletes"] as const;
  const starts = kinds.map((kind) => {
    const left = allowance[kind];
    return left === null ? startsUnseen : Math.floor((left - reserve[kind]) / firstCalls[kind]);
  });
  return Math.max(0, Math.min(...starts) - pending);
}

/** The room of one operation among all unfinished ones, which come oldest first. */
export function roomFor(
  operation: FleetOperation,
  unfinished: readonly FleetOperation[],
  { places, budget, now }: { places: number; budget: ArmBudget; now: Date },
): Room {
  const shares = fairShares(unfinished.map(claimOf), places);
  const total = Math.max(0, (shares.get(operation.id) ?? 0) - atWorkOf(operation));
  const subscriptions = new Set(operation.lanes.map(({ subscriptionId }) => subscriptionId.toLowerCase()));
  const bySubscription = new Map(
    [...subscriptions].map((subscription) => {
      const pending = unfinished.reduce((sum, one) => sum + startedSince(one, subscription, now), 0);
      return [subscription, startsAllowed(budget.allowanceOf(subscription), pending, now)];
    }),
  );
  return { total, bySubscription };
}

function startedSince({ active }: FleetOperation, subscription: string, now: Date): number {
  const since = now.getTime() - unseenMs;
  return active.filter(
    ({ vm, admittedAt }) => vm.subscriptionId.toLowerCase() === subscription && Date.parse(admittedAt) > since,
  ).length;
}
