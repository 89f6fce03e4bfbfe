import { hash } from "node:crypto";

/** Numbers that follow from a seed, so that a campaign can be repeated. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number from 0 to `count` - 1. */
  below(count: number): number;
  pick<T>(values: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let drawn = 0;
  function next(): number {
    drawn += 1;
    return hash("sha256", `${seed}/${drawn}`, "buffer").readUInt32BE() / 2 ** 32;
  }
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError("There is nothing to pick from.");
      return value;
    },
  };
}

/** A seed that a person can type. */
export function newSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}
