/** One row of the table. `ratio` is value / reference, where there is something to compare with. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is held against, in the same unit. */
  readonly reference: number | null;
  readonly ratio: number | null;
  /** What we aim at, in words. */
  readonly goal: string;
}

/** A benchmark measures one thing or a few that come from the same run; `names` says which before it runs. */
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

/** The value in the middle: one disturbed round does not move it. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
