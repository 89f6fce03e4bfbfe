import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, formatEndpoint, parseAddress, parseRange } from "../../lib/core/address.ts";

test.each([
  ["10.0.0.0/8", 0x0a000000n, 0x0affffffn],
  ["10.1.2.3/8", 0x0a000000n, 0x0affffffn],
  ["203.0.113.7", 0xcb007107n, 0xcb007107n],
  [" 203.0.113.7/32 ", 0xcb007107n, 0xcb007107n],
  ["0.0.0.0/0", 0n, 0xffffffffn],
])("%s", (text, first, last) => {
  expect(parseRange(text)).toEqual({ family: 4, first, last });
});

test("addresses of the sixth version", () => {
  expect(parseRange("fd00::/126")).toEqual({ family: 6, first: 0xfdn << 120n, last: (0xfdn << 120n) + 3n });
  expect(parseRange("::ffff:10.0.0.4")).toEqual(parseRange("10.0.0.4"));
});

test.each([
  "",
  "*",
  "Internet",
  "10",
  "10.0.0",
  "010.0.0.1.1",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "fd00::/129",
  "10.0.0.0/-1",
])("%j is neither an address nor a CIDR", (text) => {
  expect(parseRange(text)).toBeNull();
});

test("what is written can be read again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = parseAddress(text);
      expect(address && parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});

test("endpoints", () => {
  expect(formatEndpoint({ family: 4, value: 0x0a000004n }, 3389)).toBe("10.0.0.4:3389");
  expect(formatEndpoint({ family: 6, value: (0xfdn << 120n) + 4n }, 3389)).toBe("[fd00::4]:3389");
});
