/** A time (RFC 3339, UTC) for people: `2026-11-30 00:31 UTC`. */
export function renderTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}
