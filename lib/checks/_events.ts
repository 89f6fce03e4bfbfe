/** How often these events came, and when the last one did; `last` is absent when there is none. */
export function occurrences(events: readonly { count: number; last: string }[]): {
  count: number;
  last: string | undefined;
} {
  const count = events.reduce((sum, event) => sum + event.count, 0);
  const last = events
    .map((event) => event.last)
    .sort()
    .at(-1);
  return { count, last };
}
