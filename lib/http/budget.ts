/** What each caller may use of something in an hour. Kept in this process: several processes have a budget each. */
export interface Budget {
  /** Takes so many; `null`, or in how many seconds that many are there again, when they are not: nothing is taken then. */
  take(caller: string, count: number): number | null;
}

const hourMs = 60 * 60_000;

/** More callers than one service has. A caller who is forgotten for others has a whole budget again. */
const mostCallers = 10_000;

/** `most` an hour. What is used comes back evenly, so that a caller who waits for the stated time may go on. */
export function createBudget(most: number, now: () => Date): Budget {
  const used = new Map<string, { readonly amount: number; readonly at: number }>();
  const msFor = (amount: number) => (amount * hourMs) / most;
  return {
    take(caller, count) {
      const at = now().getTime();
      const last = used.get(caller);
      const amount = last ? Math.max(0, last.amount - (Math.max(0, at - last.at) * most) / hourMs) : 0;
      const over = amount + count - most;
      // A request for more than the whole budget is answered when all of it is there.
      if (over > 0 && amount > 0) return Math.max(1, Math.ceil(msFor(Math.min(over, amount)) / 1000));
      used.delete(caller);
      used.set(caller, { amount: amount + count, at });
      const [oldest] = used.keys();
      if (used.size > mostCallers && oldest !== undefined) used.delete(oldest);
      return null;
    },
  };
}
