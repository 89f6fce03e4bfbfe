import type { AddressRange } from "../core/address.ts";
import { localRanges, platformRanges, privateRanges } from "../core/address-ranges.ts";
import type { NetworkPath, ReadGroup } from "./network-path.ts";
import { readPrefixes } from "./prefix.ts";

const known = new WeakMap<NetworkPath, readonly bigint[]>();

/**
 * The addresses, in order, at which a verdict can change: the first address of each range that a rule or the topology
 * names, and the first address behind each range. Of the path's address family only. Computed lazily, once per path.
 */
export function rangeBoundariesOf(path: NetworkPath): readonly bigint[] {
  const found = known.get(path) ?? findBoundaries(path);
  known.set(path, found);
  return found;
}

function findBoundaries(path: NetworkPath): bigint[] {
  const { reachableRanges, bastions } = path.topology;
  const ranges = [
    ...rangesOfRules(path),
    ...(path.routes && "entries" in path.routes ? path.routes.entries.map(({ range }) => range) : []),
    ...reachableRanges,
    ...bastions,
    ...platformRanges,
    ...privateRanges,
    ...localRanges,
  ];
  const own = ranges.filter(({ family }) => family === path.destination.family);
  return [...new Set(own.flatMap(({ first, last }) => [first, last + 1n]))].sort((one, other) =>
    one < other ? -1 : 1,
  );
}

function rangesOfRules({ admin, hops, hopsAsWritten }: NetworkPath): AddressRange[] {
  const groups = [...hops, ...(hopsAsWritten ?? [])].flatMap(({ group }) =>
    "unreadable" in group ? [] : [...group.rules.rules, ...missedRules(group.rules)],
  );
  const rules = [...("unreadable" in admin ? [] : admin.rules), ...groups];
  return rules.flatMap(({ sources }) => sources.ranges);
}

function missedRules({ nearMisses }: ReadGroup["rules"]) {
  return nearMisses.map(({ rule }) => ({ sources: readPrefixes(rule.sources) }));
}

/** The boundaries inside a range, without its first address. */
export function boundariesWithin(boundaries: readonly bigint[], { first, last }: AddressRange): readonly bigint[] {
  return boundaries.slice(countUpTo(boundaries, first), countUpTo(boundaries, last));
}

/** The number of boundaries up to and including `limit`. */
function countUpTo(boundaries: readonly bigint[], limit: bigint): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((boundaries[middle] ?? limit) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
