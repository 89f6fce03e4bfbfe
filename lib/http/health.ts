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
 * Checks all parts together. The route is open to anybody, so callers at the same time share one check, and a part that does not
 * answer within `withinMs` is broken. An answer serves for `freshMs`, and is renewed in the background after two thirds
 * of that time: whoever asks regularly never waits for a slow part.
 */
export function createHealth(
  parts: readonly HealthPart[],
  { now, freshMs = 15_000, withinMs = 5_000 }: { now: () => Date; freshMs?: number; withinMs?: number },
): Health {
  let last: { readonly at: number; readonly broken: Awaited<ReturnType<Health>> } | null = null;
  let checking: ReturnType<Health> | null = null;

  async function check(): ReturnType<Health> {
    const at = now().getTime();
    const broken = await checkAll(parts, withinMs);
    last = { at, broken };
    checking = null;
    return broken;
  }

  return async () => {
    const age = last ? now().getTime() - last.at : Number.POSITIVE_INFINITY;
    // A clock that was set back makes an answer no younger.
    const isFresh = age >= 0 && age < freshMs;
    if (!isFresh || age >= (freshMs * 2) / 3) checking ??= check();
    return last && isFresh ? last.broken : (checking ?? check());
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
