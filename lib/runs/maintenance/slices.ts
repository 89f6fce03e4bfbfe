import { setImmediate } from "node:timers/promises";

/** How many runs are read at once: ten to twenty milliseconds of work (`npm run -s bench -- --only retention.longest-slice-ms`). */
export const sliceSize = 5;

/**
 * Lets requests and runs at work go on between two slices of periodic work. A store that answers synchronously does not
 * yield by itself, and a walk over all runs would stop the service for seconds.
 */
export async function letOthersWork(): Promise<void> {
  await setImmediate();
}

/** How long one call works on what may take many minutes: lost runs are looked for every half a minute. */
const mostMs = 20_000;

/** The work that is left, by the store that it is for. */
export type Leftovers = WeakMap<object, AsyncGenerator<void>>;

/**
 * Goes on with the work that the last call for this store has left, or begins anew; `begin` returns `null` when nothing is due.
 * It stops after a while at one of the work's pauses. What fails begins anew.
 */
export async function workInParts(
  leftovers: Leftovers,
  { store, now }: { readonly store: object; readonly now: () => Date },
  begin: () => Promise<AsyncGenerator<void> | null>,
): Promise<void> {
  const work = leftovers.get(store) ?? (await begin());
  if (!work) return;
  leftovers.delete(store);
  const end = now().getTime() + mostMs;
  while (!(await work.next()).done) {
    if (now().getTime() < end) continue;
    leftovers.set(store, work);
    return;
  }
}
