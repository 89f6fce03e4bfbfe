import { type AddressRange, parseRanges } from "./address.ts";

/**
 * Addresses of the Azure platform: load balancer probes, guest agent, DNS. Both tags `VirtualNetwork` and
 * `AzureLoadBalancer` include them.
 */
export const platformRanges = parseRanges(["168.63.129.16/32", "fe80::1234:5678:9abc/128"]);
/** Private address ranges. */
export const privateRanges = parseRanges([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]);
/** Other ranges that are not routed on the Internet. */
export const localRanges = parseRanges([
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "::/127",
  "fe80::/10",
  "ff00::/8",
]);

/** What is left of some ranges without others. Both lists may overlap and be in any order. */
export function subtractRanges(from: readonly AddressRange[], what: readonly AddressRange[]): AddressRange[] {
  return what.reduce<AddressRange[]>((left, hole) => left.flatMap((range) => subtractRange(range, hole)), [...from]);
}

function subtractRange(range: AddressRange, hole: AddressRange): AddressRange[] {
  const { family, first, last } = range;
  if (hole.family !== family || hole.last < first || hole.first > last) return [range];
  return [
    ...(hole.first > first ? [{ family, first, last: hole.first - 1n }] : []),
    ...(hole.last < last ? [{ family, first: hole.last + 1n, last }] : []),
  ];
}

/** What two lists of ranges share. */
export function intersectRanges(some: readonly AddressRange[], others: readonly AddressRange[]): AddressRange[] {
  return some.flatMap(({ family, first, last }) =>
    others.flatMap((other) => {
      const shared = {
        family,
        first: first > other.first ? first : other.first,
        last: last < other.last ? last : other.last,
      };
      return other.family === family && shared.first <= shared.last ? [shared] : [];
    }),
  );
}

/** All public addresses. */
export const internetRanges: readonly AddressRange[] = subtractRanges(parseRanges(["0.0.0.0/0", "::/0"]), [
  ...privateRanges,
  ...localRanges,
  ...platformRanges,
]);
