/** As `Intl` writes them in English. */
export const weekDays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

export function isTimeZone(name: string): boolean {
  try {
    // An offset such as +02:00 would be accepted too, and knows no summer time.
    return /^[A-Za-z]/.test(name) && formatterOf(name) !== null;
  } catch {
    return false;
  }
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

interface Periods {
  readonly timeZone: string;
  readonly periods: readonly { readonly days: readonly string[]; readonly from: string; readonly to: string }[];
}

/** Whether the clocks of this time zone show a time within one of the periods. */
export function isQuiet({ timeZone, periods }: Periods, at: Date): boolean {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const now = `${parts.get("hour")}:${parts.get("minute")}`;
  const today = (weekDays as readonly string[]).indexOf(parts.get("weekday") ?? "");
  const yesterday = weekDays.at(today - 1) ?? "Mon";
  return periods.some(({ days, from, to }) => {
    const beginsOn = (day: string | undefined) => day !== undefined && days.includes(day);
    if (from < to) return beginsOn(weekDays[today]) && from <= now && now < to;
    return (beginsOn(weekDays[today]) && from <= now) || (beginsOn(yesterday) && now < to);
  });
}
