import { describe, expect, test } from "vitest";
import { type Address, parseAddress, parseRange } from "../../lib/network/address.ts";
import { prefixMatch } from "../../lib/network/prefix.ts";

const network = ["10.0.0.0/16", "51.0.0.0/24"].flatMap((text) => parseRange(text) ?? []);

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address.`);
  return parsed;
}

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
  ["VirtualNetwork", [own, ownPublic, platform], [client, loopback, "2001:db8::1"], [peered, "100.64.0.1", "fd00::1"]],
  ["virtualnetwork", [own], [client], [peered]],
  ["Internet", [client, "2001:db8::1"], [own, ownPublic, peered, platform, loopback, "fd00::1", "169.254.1.1"], []],
  ["AzureLoadBalancer", [platform], [own, client], []],
  ["203.0.113.0/24", [client], [own, "203.0.114.1"], []],
  ["203.0.113.7", [client], ["203.0.113.8"], []],
  ["2001:db8::/32", ["2001:db8::1"], [client], []],
  ["AzureCloud.WestEurope", [], [], [own, client]],
  ["10.0.0.0-10.0.0.9", [], [], [own]],
])("%s", (prefix, yes, no, unsure) => {
  test.each([
    ...yes.map((text) => [text, "yes"] as const),
    ...no.map((text) => [text, "no"] as const),
    ...unsure.map((text) => [text, "unsure"] as const),
  ])("%s: %s", (text, match) => {
    expect(prefixMatch(prefix, address(text), network)).toBe(match);
  });
});
