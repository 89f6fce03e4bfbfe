/** A time (RFC 3339) for people, in the zone of the profile or of this machine (TZ): `30 Nov 2026, 01:31 CET`. */
export function renderTime(time: string): string {
  return format().format(new Date(time));
}

let timeZone: string | undefined;

/** Shows times in this zone of the IANA database instead of that of the machine. */
export function useTimeZone(zone: string): void {
  timeZone = zone;
}

const format = () =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });

/** The time of day, in the zone of this machine: `01:31`. */
export function renderClock(at: number): string {
  return clock().format(at);
}

const clock = () => new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });

const steps: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

/** How long ago or ahead a time is, in its largest whole unit: `8 days ago`, `in 2 hours`, `just now`. */
export function relativeTime(time: string, now = new Date()): string {
  const seconds = (now.getTime() - Date.parse(time)) / 1000;
  for (const [length, unit] of steps) {
    const count = Math.floor(Math.abs(seconds) / length);
    if (count === 0) continue;
    const span = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return seconds > 0 ? `${span} ago` : `in ${span}`;
  }
  return "just now";
}

const exactTime = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** The text with its exact times as people read them: in the zone of this machine, and how long ago. */
export function tellTimes(text: string, now = new Date()): string {
  return text.replace(exactTime, (time) =>
    Number.isNaN(Date.parse(time)) ? time : `${renderTime(time)} (${relativeTime(time, now)})`,
  );
}
