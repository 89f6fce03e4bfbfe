import { describe, expect, test } from "vitest";
import { parseRanges } from "../../lib/core/address.ts";
import { prefixMatch, readPrefixes } from "../../lib/network/prefix.ts";
import { createTopology, originOf } from "../../lib/network/topology.ts";
import { address } from "./network-with.ts";

const near = parseRanges(["10.0.0.0/16", "51.0.0.0/24", "172.20.0.0/16"]);

const own = "10.0.9.9";
const ownPublic = "51.0.0.9";
const peered = "172.16.0.9";
const client = "203.0.113.7";
const platform = "168.63.129.16";
const loopback = "127.0.0.1";

describe.each([
  ["*", [own, peered, client, platform], [], []],
  ["Any", [client], [], []],
  ["0.0.0.0/0", [own, peered, client], ["2001:db8::1"], []],
  [
    "VirtualNetwork",
    [own, ownPublic, platform, "172.20.3.3"],
    [client, loopback, "2001:db8::1"],
    [peered, "100.64.0.1", "fd00::1"],
  ],
  ["virtualnetwork", [own], [client], [peered]],
  ["Internet", [client, "2001:db8::1"], [own, ownPublic, peered, platform, loopback, "fd00::1", "169.254.1.1"], []],
  ["AzureLoadBalancer", [platform], [own, client], []],
  ["203.0.113.0/24", [client], [own, "203.0.114.1"], []],
  ["203.0.113.7", [client], ["203.0.113.8"], []],
  ["2001:db8::/32", ["2001:db8::1"], [client], []],
  ["AzureCloud.WestEurope", [], [], [own, client]],
  ["10.0.0.0-10.0.0.9", [], [], [own]],
])("%s", (prefix, yes, no, unsure) => {
  const prefixes = readPrefixes([prefix]);
  test.each([
    ...yes.map((text) => [text, "yes"] as const),
    ...no.map((text) => [text, "no"] as const),
    ...unsure.map((text) => [text, "unknown"] as const),
  ])("%s: %s", (text, match) => {
    expect(prefixMatch(prefixes, originOf(address(text), createTopology(near, { hasUnlistedRoutes: true })))).toBe(
      match,
    );
  });
});

test("without a gateway or a route, what is private and not near is in no tag", () => {
  const origin = originOf(address(peered), createTopology(near));
  expect(["VirtualNetwork", "Internet"].map((tag) => prefixMatch(readPrefixes([tag]), origin))).toEqual(["no", "no"]);
});

test("of several prefixes one is enough, and an unknown one leaves doubt", () => {
  const origin = originOf(address(client), createTopology(near));
  const match = (...texts: string[]) => prefixMatch(readPrefixes(texts), origin);
  expect(match("Storage", "203.0.113.0/24")).toBe("yes");
  expect(match("203.0.113.0/24", "Internet", "10.0.0.0/8")).toBe("yes");
  expect(match("Storage", "10.0.0.0/8")).toBe("unknown");
  expect(match("VirtualNetwork", "10.0.0.0/8")).toBe("no");
  expect(match()).toBe("no");
});
