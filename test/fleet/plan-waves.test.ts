import fc from "fast-check";
import { expect, test } from "vitest";
import { planWaves } from "../../lib/fleet/plan-waves.ts";
import { targets } from "./operations.ts";

const policies = fc.record({
  canary: fc.nat(100),
  waves: fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 })
    .map((all) => [...all.sort((a, b) => a - b), 100]),
});

test("every target stands in exactly one wave, and every wave has targets", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), policies, (count, policy) => {
      const given = targets(count);
      const { targets: planned, segments, waveSizes, lanes } = planWaves(given, policy);
      expect(new Set(planned)).toEqual(new Set(given));
      expect(planned).toHaveLength(count);
      expect(waveSizes.every((size) => size > 0)).toBe(true);
      expect(segments.map(({ from }) => from)).toEqual([0, ...segments.slice(0, -1).map(({ to }) => to)]);
      expect(segments.at(-1)?.to).toBe(count);
      for (const { wave, lane, from, to } of segments) {
        expect(waveSizes[wave]).toBeGreaterThan(0);
        for (const { vm, location } of planned.slice(from, to)) {
          expect({ subscriptionId: vm.subscriptionId, location }).toEqual(lanes[lane]);
        }
      }
    }),
  );
});

test("a wave has its share of each region and subscription", () => {
  const { segments, lanes, waveSizes } = planWaves(targets(1200), { canary: 4, waves: [10, 100] });
  expect(lanes).toHaveLength(4);
  expect(waveSizes).toEqual([4, 120, 1076]);
  const share = (wave: number) => segments.filter((one) => one.wave === wave).map(({ from, to }) => to - from);
  // Of 1,200 the lanes have 100, 300, 600 and 200.
  expect(share(1).toSorted((a, b) => a - b)).toEqual([10, 20, 30, 60]);
});

test("within a region the order of the request stays", () => {
  const { targets: planned, segments } = planWaves(targets(90), { canary: 2, waves: [50, 100] });
  const ofFirstLane = segments.filter(({ lane }) => lane === 1).flatMap(({ from, to }) => planned.slice(from, to));
  const names = ofFirstLane.map(({ vm }) => vm.name);
  expect(names).toEqual(names.toSorted());
});
