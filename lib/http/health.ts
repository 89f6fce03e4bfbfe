/** One thing that the service cannot work without. */
export interface HealthPart {
  /** As it is named to anybody, e.g. `the store of runs`. */
  readonly name: string;
  /** @throws what keeps it from working */
  check(): Promise<void>;
}

/** What is broken now, by name, with the error behind it; empty: nothing. */
export type Health = () => Promise<readonly { readonly name: string; readonly error: unknown }[]>;

/**
 * Checks all parts together. The route is open to anybody, so an answer serves for `freshMs`, callers at the same time
 * share one check, and a part that does not answer within `withinMs` is broken.
 */
export function createHealth(
  parts: readonly HealthPart[],
  { now, freshMs = 15_000, withinMs = 5_000 }: { now: () => Date; freshMs?: number; withinMs?: number },
): Health {
  let last: { readonly until: number; readonly answer: ReturnType<Health> } | null = null;
  return () => {
    const at = now().getTime();
    if (!last || at >= last.until) last = { until: at + freshMs, answer: checkAll(parts, withinMs) };
    return last.answer;
  };
}

async function checkAll(parts: readonly HealthPart[], withinMs: number): ReturnType<Health> {
  const answers = await Promise.allSettled(parts.map((part) => within(part, withinMs)));
  return answers.flatMap((answer, index) => {
    const name = parts[index]?.name ?? "";
    return answer.status === "rejected" ? [{ name, error: answer.reason as unknown }] : [];
  });
}

async function within({ name, check }: HealthPart, milliseconds: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name}: no answer within ${milliseconds} ms`)), milliseconds);
  try {
    await Promise.race([check(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
