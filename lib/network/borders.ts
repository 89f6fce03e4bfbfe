import type { AddressRange } from "./address.ts";
import { localRanges, platformRanges, privateRanges } from "./surroundings.ts";
import type { Way } from "./way.ts";

const known = new WeakMap<Way, readonly bigint[]>();

/**
 * The addresses of a way's family, in order, where what holds for one need not hold for the one before: where a range
 * that some rule names begins, and right behind where it ends. Worked out once for each way, and not before it is needed.
 */
export function bordersOf(way: Way): readonly bigint[] {
  const found = known.get(way) ?? findBorders(way);
  known.set(way, found);
  return found;
}

function findBorders(way: Way): bigint[] {
  const { near, bastions } = way.surroundings;
  const ranges = [...rangesOfRules(way), ...near, ...bastions, ...platformRanges, ...privateRanges, ...localRanges];
  const own = ranges.filter(({ family }) => family === way.destination.family);
  return [...new Set(own.flatMap(({ first, last }) => [first, last + 1n]))].sort((one, other) =>
    one < other ? -1 : 1,
  );
}

function rangesOfRules({ admin, hops, hopsAsWritten }: Way): AddressRange[] {
  const groups = [...hops, ...(hopsAsWritten ?? [])].flatMap(({ group }) =>
    "unreadable" in group ? [] : group.rules.rules,
  );
  const rules = [...("unreadable" in admin ? [] : admin.rules), ...groups];
  return rules.flatMap(({ sources }) => sources.ranges);
}

/** The borders behind the beginning of a range, up to its end. */
export function bordersWithin(borders: readonly bigint[], { first, last }: AddressRange): readonly bigint[] {
  return borders.slice(countUpTo(borders, first), countUpTo(borders, last));
}

/** How many of the borders are not beyond `limit`. */
function countUpTo(borders: readonly bigint[], limit: bigint): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((borders[middle] ?? limit) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
