import type { Address, AddressRange } from "./address.ts";

/**
 * Many ranges, sorted and merged once, so that a look-up takes a few comparisons however many there were. Addresses of
 * the fourth version are kept as plain numbers, which compare many times as fast.
 */
export interface AddressSet {
  readonly 4: Spans;
  readonly 6: Spans;
}

/** Ranges that neither overlap nor touch, in order: the nth is from `firsts[n]` to `lasts[n]`, both included. */
interface Spans {
  readonly firsts: ArrayLike<Position>;
  readonly lasts: ArrayLike<Position>;
}

/** An address in the form that sets compare: a number for version 4, a bigint for version 6. */
export type Position = number | bigint;

export function positionOf({ family, value }: Address): Position {
  return family === 4 ? Number(value) : value;
}

export function addressSet(ranges: readonly AddressRange[]): AddressSet {
  return { 4: spansOf(ranges, 4), 6: spansOf(ranges, 6) };
}

function spansOf(ranges: readonly AddressRange[], family: 4 | 6): Spans {
  const ordered = ranges
    .filter((range) => range.family === family)
    .toSorted((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
  const firsts: Position[] = [];
  const lasts: Position[] = [];
  let end: bigint | null = null;
  for (const { first, last } of ordered) {
    if (end !== null && first <= end + 1n) {
      if (last > end) end = last;
    } else {
      firsts.push(positionOf({ family, value: first }));
      end = last;
    }
    lasts[firsts.length - 1] = positionOf({ family, value: end });
  }
  return family === 4 ? { firsts: compact(firsts), lasts: compact(lasts) } : { firsts, lasts };
}

function compact(positions: readonly Position[]): Float64Array {
  return Float64Array.from(positions, Number);
}

/** `at` is the `positionOf` an address of this family. */
export function setHas(set: AddressSet, family: 4 | 6, at: Position): boolean {
  const { firsts, lasts } = set[family];
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = firsts[middle];
    if (first !== undefined && first <= at) low = middle + 1;
    else high = middle;
  }
  const last = lasts[low - 1];
  return last !== undefined && at <= last;
}
