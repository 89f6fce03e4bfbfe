import fc from "fast-check";
import { expect, test } from "vitest";
import { cheapestCover } from "../../../lib/runs/planning/set-cover.ts";

interface Item {
  readonly name: number;
  readonly needs: readonly number[];
  readonly cost: number;
}

const needs = [0, 1, 2, 3, 4];
const anyItems: fc.Arbitrary<Item[]> = fc
  .array(fc.record({ needs: fc.subarray(needs), cost: fc.integer({ min: 1, max: 5 }) }), { maxLength: 7 })
  .map((items) => items.map((item, name) => ({ ...item, name })));

const covers = (item: Item, need: number) => item.needs.includes(need);
const sum = (choice: readonly Item[]) => choice.reduce((total, item) => total + item.cost, 0);
const cover = (items: readonly Item[]) => cheapestCover(needs, items, covers, (choice) => [sum(choice)]);

function covered(items: readonly Item[]): Set<number> {
  return new Set(items.flatMap((item) => item.needs));
}

test("covers all that can be covered", () => {
  fc.assert(
    fc.property(anyItems, (items) => {
      expect(covered(cover(items))).toEqual(covered(items));
    }),
  );
});

test("no other cover is cheaper", () => {
  const itemsAndSome = anyItems.chain((items) => fc.tuple(fc.constant(items), fc.subarray(items)));
  fc.assert(
    fc.property(itemsAndSome, ([items, some]) => {
      fc.pre(covered(some).size === covered(items).size);
      expect(sum(cover(items))).toBeLessThanOrEqual(sum(some));
    }),
  );
});

test("no member can be left out", () => {
  fc.assert(
    fc.property(anyItems, (items) => {
      const choice = cover(items);
      for (const item of choice) {
        expect(covered(choice.filter((other) => other !== item)).size).toBeLessThan(covered(choice).size);
      }
    }),
  );
});

test("a cost to the left outweighs all to its right, and of equals the earlier item wins", () => {
  const item = (name: number, cost: number): Item => ({ name, needs: [0], cost });
  const items = [item(0, 9), item(1, 9), item(2, 1)];
  const first = (cost: (choice: readonly Item[]) => number[]) => cheapestCover([0], items, covers, cost)[0]?.name;
  expect(first((choice) => [choice[0]?.name === 2 ? 1 : 0, sum(choice)])).toBe(0);
  expect(first((choice) => [0, sum(choice)])).toBe(2);
});

test("nothing to cover, or nothing to cover it with, is an empty choice", () => {
  expect(cheapestCover([], [{ name: 0, needs: [0], cost: 1 }], covers, () => [0])).toEqual([]);
  expect(cheapestCover(needs, [], covers, () => [0])).toEqual([]);
});
