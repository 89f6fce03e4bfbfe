import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress, parseRange, rangeContains } from "../../lib/core/address.ts";
import { indexPrefixes } from "../../lib/network/prefix-index.ts";

const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`);
const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, bits]) => `${address}/${bits}`);
const prefixes = fc.array(fc.oneof(v4, v6, fc.constantFrom("10.0.0.0/8", "10.0.0.0/16", "10.0.0.4", "::/0")));

test("finds what a look at each prefix finds", () => {
  fc.assert(
    fc.property(prefixes, fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("10.0.0.4", "10.0.9.9")), (texts, wanted) => {
      const address = parseAddress(wanted);
      const ranges = texts.flatMap((text) => parseRange(text) ?? []);
      if (!address) throw new Error(`${wanted} is no address.`);
      const index = indexPrefixes(ranges.map((range, number) => [range, number] as const));
      const expected = ranges.flatMap((range, number) => (rangeContains(range, address) ? number : []));
      expect(index.find(address).sort((one, other) => one - other)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
