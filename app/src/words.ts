import { readArmPath } from "../../lib/core/resource-id.ts";
import { outcomeColours, type Colour as ReportColour } from "../../lib/report/colours.ts";
import type { RunSummary } from "./api.ts";

/** The colours of the report, and that of what is under way. */
export type Colour = ReportColour | "work";

export interface Word {
  readonly text: string;
  readonly colour: Colour;
}

const stateTexts: Readonly<Partial<Record<RunSummary["state"], string>>> = {
  "awaiting-approval": "waits for a decision",
  weakened: "weakened for a time",
};

/** Where a run stands, in one or two words. */
export function stateOf({ state, outcome }: Pick<RunSummary, "state" | "outcome">): Word {
  if (outcome) return { text: plain(outcome), colour: outcomeColours[outcome] };
  const needsSomebody = state === "awaiting-approval" || state === "weakened";
  return { text: stateTexts[state] ?? plain(state), colour: needsSomebody ? "doubt" : "work" };
}

/** A word of the API for people: `not-repaired` is "not repaired". */
export function plain(word: string): string {
  return word.replaceAll("-", " ");
}

/** Who or what started a run. */
export function triggerText({ kind, by }: RunSummary["requestedBy"]): string {
  switch (kind) {
    case "alert":
      return `alert ${by}`;
    case "schedule":
      return "the schedule";
    default:
      return nameOf(by);
  }
}

const objectId = / \([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\)/g;

/** A caller's name without the object id behind it. An application has no name but its id. */
export function nameOf(by: string): string {
  const name = by.replace(objectId, "");
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name) ? `application ${name.slice(0, 4)}…${name.slice(-4)}` : name;
}

/** What an operation is about, without the long form of ids. */
export function selectionText(selection: string): string {
  const text = selection
    .replace(/\/subscriptions\/[^/\s]+\/resourceGroups\/([^/\s,]+)/gi, "the resource group $1")
    .replace(/\/subscriptions\/([^/\s,]+)/gi, "the subscription $1");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The name of a VM, and what it is in: `{name: "vm-app-01", group: "rg-app"}`. */
export function vmName(id: string): { readonly name: string; readonly group: string } {
  const read = readArmPath(id);
  return { name: read?.name ?? id, group: read?.resourceGroup ?? "" };
}

/** How long ago, in one unit: "4 min". */
export function ageText(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The time here, to the second; the day only where it is another one. */
export function timeText(time: string, now: number): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const isToday = date.toDateString() === new Date(now).toDateString();
  if (isToday) return clock;
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  const day = date.toLocaleDateString([], {
    day: "numeric",
    month: "short",
    ...(!isThisYear && { year: "numeric" }),
  });
  return `${day}, ${clock}`;
}

/**
 * A sentence of the service for people here: times (`2026-12-01T18:58:43.736Z`) as this place writes them, and names
 * without the object id behind them.
 */
export function readable(text: string, now = Date.now()): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => timeText(time, now)).replace(objectId, "");
}
