import type { Address, AddressRange } from "../core/address.ts";

/**
 * What belongs to many prefixes, found by address: a look-up for each length of prefix that occurs, however many prefixes
 * there are.
 */
export interface PrefixIndex<T> {
  /** What belongs to the prefixes that have this address, in no particular order; once for each. */
  find(address: Address): T[];
}

/** All prefixes of one family and length, by the bits that they fix. */
interface Shelf<T> {
  readonly family: 4 | 6;
  /** How many bits a prefix leaves open. */
  readonly hostBits: bigint;
  readonly places: Map<Place, T[]>;
}

/** The bits that a prefix fixes. Small numbers where they suffice: a large table of them is several times as fast. */
type Place = number | bigint;

export function indexPrefixes<T>(entries: Iterable<readonly [AddressRange, T]>): PrefixIndex<T> {
  const shelves = new Map<string, Shelf<T>>();
  for (const [{ family, first, last }, item] of entries) {
    const hostBits = bitLength(last - first);
    const key = `${family}/${hostBits}`;
    const shelf = shelves.get(key) ?? { family, hostBits, places: new Map<Place, T[]>() };
    shelves.set(key, shelf);
    const place = placeOf({ family, value: first }, hostBits);
    const items = shelf.places.get(place);
    if (items) items.push(item);
    else shelf.places.set(place, [item]);
  }
  const all = [...shelves.values()];
  return {
    find: (address) =>
      all.flatMap((shelf) =>
        shelf.family === address.family ? (shelf.places.get(placeOf(address, shelf.hostBits)) ?? []) : [],
      ),
  };
}

function placeOf({ family, value }: Address, hostBits: bigint): Place {
  const place = value >> hostBits;
  return family === 4 ? Number(place) : place;
}

function bitLength(value: bigint): bigint {
  return value === 0n ? 0n : BigInt(value.toString(2).length);
}
