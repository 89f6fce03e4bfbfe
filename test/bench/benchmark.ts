/** One row of the table. `ratio` is value / reference, when there is a reference. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value to compare `value` with, in the same unit. */
  readonly reference: number | null;
  readonly ratio: number | null;
  /** The goal, in words. */
  readonly goal: string;
}

/** A benchmark measures one or several figures in one run; `names` lists them before it runs. */
export interface Benchmark {
  readonly names: readonly string[];
  run(): Promise<Measurement[]>;
}

export function measureTime(
  name: string,
  value: number,
  unit: string,
  goal: string,
  reference: number | null = null,
): Measurement {
  return { name, value, unit, reference, ratio: reference === null ? null : value / reference, goal };
}

/** The median, which a single disturbed round does not change. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
