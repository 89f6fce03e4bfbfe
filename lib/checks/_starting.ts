import { type CheckResult, unknown } from "../core/check.ts";
import { describeStarting, startingOf } from "../core/starting.ts";
import type { Context } from "./_section.ts";

/**
 * The result for what starts by itself and does not run yet, while Windows is still starting: nothing is repaired, and
 * the sentence says when to look again. `null` later on.
 */
export function whileStarting(because: string, { guest }: Pick<Context, "guest">): CheckResult | null {
  const starting = startingOf(guest);
  return starting && unknown(`${because} ${describeStarting(starting)}`);
}
