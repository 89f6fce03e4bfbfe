import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";

/** A section as the guest writes it: a part that is as its default says is absent. */
export function deviations<Shape extends z.ZodObject>(section: Shape, facts: z.output<Shape>): z.input<Shape> {
  const isUsual = ([name, value]: [string, unknown]) =>
    isDeepStrictEqual((section.shape[name] as z.ZodType | undefined)?.safeParse(undefined).data, value);
  return Object.fromEntries(Object.entries(facts).filter((entry) => !isUsual(entry))) as z.input<Shape>;
}
