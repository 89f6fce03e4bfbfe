import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claim, fairShares, firstCalls, roomFor, startsAllowed } from "../../lib/fleet/admission.ts";
import { placesForOperations } from "../../lib/fleet/fleet-engine.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { newOperation, subscriptions } from "./operations.ts";

const now = new Date(fixtureTime);

const someClaims = fc.array(fc.record({ caller: fc.constantFrom("a", "b", "c"), demand: fc.nat(40) }), {
  maxLength: 8,
});

describe("fair shares", () => {
  test("nobody gets more than they can use, and no place stays free that somebody could use", () => {
    fc.assert(
      fc.property(someClaims, fc.nat(100), (given, places) => {
        const claims = given.map((one, at): Claim => ({ ...one, id: String(at) }));
        const shares = fairShares(claims, places);
        const of = ({ id }: Claim) => shares.get(id) ?? 0;
        const sum = claims.reduce((total, claim) => total + of(claim), 0);
        const demand = claims.reduce((total, claim) => total + claim.demand, 0);
        expect(sum).toBe(Math.min(places, demand));
        for (const claim of claims) expect(of(claim)).toBeLessThanOrEqual(claim.demand);
      }),
    );
  });

  test("callers differ by one place at most, unless one cannot use more", () => {
    fc.assert(
      fc.property(someClaims, fc.nat(100), (given, places) => {
        const claims = given.map((one, at): Claim => ({ ...one, id: String(at) }));
        const shares = fairShares(claims, places);
        const callers = [...new Set(claims.map(({ caller }) => caller))].map((caller) => {
          const own = claims.filter((claim) => claim.caller === caller);
          const share = own.reduce((sum, { id }) => sum + (shares.get(id) ?? 0), 0);
          return { share, wants: own.reduce((sum, { demand }) => sum + demand, 0) };
        });
        for (const poor of callers.filter(({ share, wants }) => share < wants)) {
          for (const rich of callers) expect(rich.share - poor.share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("of one caller the first operation is served first", () => {
    const claims = [
      { id: "first", caller: "a", demand: 8 },
      { id: "second", caller: "a", demand: 8 },
      { id: "other", caller: "b", demand: 3 },
    ];
    expect(Object.fromEntries(fairShares(claims, 12))).toEqual({ first: 8, second: 1, other: 3 });
  });

  test("single runs and alerts keep a place beside all operations", () => {
    expect([1, 2, 10, 200].map(placesForOperations)).toEqual([1, 1, 9, 180]);
  });
});

describe("what Azure's buckets allow", () => {
  const full = { reads: 250, writes: 200, deletes: 200, blockedUntil: 0 };

  test("a full bucket starts a few, a bucket at its reserve none", () => {
    const most = startsAllowed(full, 0, now);
    expect(most).toBeGreaterThan(5);
    expect(most * firstCalls.reads).toBeLessThan(250);
    expect(startsAllowed({ ...full, reads: 105 }, 0, now)).toBe(0);
    expect(startsAllowed({ ...full, writes: 61 }, 0, now)).toBe(0);
    expect(startsAllowed({ ...full, deletes: 0 }, 0, now)).toBe(0);
  });

  test("runs whose calls the headers do not show yet are counted", () => {
    expect(startsAllowed(full, 4, now)).toBe(startsAllowed(full, 0, now) - 4);
    expect(startsAllowed(full, 400, now)).toBe(0);
  });

  test("nothing starts before Azure's Retry-After is over", () => {
    expect(startsAllowed({ ...full, blockedUntil: now.getTime() + 1 }, 0, now)).toBe(0);
    expect(startsAllowed({ ...full, blockedUntil: now.getTime() }, 0, now)).toBeGreaterThan(0);
  });

  test("where no header was seen, it begins with a few", () => {
    expect(startsAllowed({ reads: null, writes: null, deletes: null, blockedUntil: 0 }, 0, now)).toBe(5);
  });

  test("one subscription at its end leaves the others alone", () => {
    const { operation } = newOperation(100);
    const budget = {
      allowanceOf: (subscription: string) => (subscription === subscriptions[0] ? { ...full, reads: 0 } : full),
    };
    const { total, bySubscription } = roomFor(operation, [operation], { places: 40, budget, now });
    expect(total).toBe(40);
    expect(bySubscription.get(subscriptions[0])).toBe(0);
    expect(bySubscription.get(subscriptions[1])).toBeGreaterThan(0);
  });
});
