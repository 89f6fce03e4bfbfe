const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The time that is so long ago: `30m`, `12h` or `7d`. RFC 3339 in UTC; `null` for every other text. */
export function timeAgo(text: string, now: Date): string | null {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return null;
  return new Date(now.getTime() - Number(count) * unitMs[unit as keyof typeof unitMs]).toISOString();
}
