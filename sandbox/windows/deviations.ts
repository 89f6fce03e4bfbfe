import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";

/** A section as the guest writes it: a part that is as its default says is absent. */
export function deviations<Shape extends z.ZodObject>(section: Shape, facts: z.output<Shape>): z.input<Shape> {
  const usual = usualIn(section);
  const isUsual = ([name, value]: [string, unknown]) => isDeepStrictEqual(usual[name], value);
  return Object.fromEntries(Object.entries(facts).filter((entry) => !isUsual(entry))) as z.input<Shape>;
}

const known = new WeakMap<z.ZodObject, Readonly<Record<string, unknown>>>();

/** The default of each part that has one. */
function usualIn(section: z.ZodObject): Readonly<Record<string, unknown>> {
  const found = known.get(section);
  if (found) return found;
  const parts = Object.entries(section.shape as Record<string, z.ZodType>);
  const usual = Object.fromEntries(parts.map(([name, part]) => [name, part.safeParse(undefined).data]));
  known.set(section, usual);
  return usual;
}
