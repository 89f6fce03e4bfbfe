import { type GuestEvidence, isUnreadable } from "./guest-evidence.ts";

/*
 * Windows goes on starting services for some minutes after it has booted. What does not run yet is then no fault: it
 * starts by itself.
 */

/** How long the services may take. A judgement: Windows has no event that says "all have started". */
const settlingMinutes = 5;

/** The same while an update is not finished: it is installed before the services start. */
const settlingMinutesWithUpdates = 15;

/** How many whole minutes ago Windows started, and in how many more it should have started its services. */
export interface Starting {
  readonly startedMinutesAgo: number;
  readonly lookInMinutes: number;
}

/** `null`: Windows started long enough ago, or its start is not known. Both times come from the VM's clock. */
export function startingOf({ system, collectedAt }: GuestEvidence): Starting | null {
  if (isUnreadable(system)) return null;
  const minutes = (Date.parse(collectedAt) - Date.parse(system.bootTime)) / 60_000;
  const settling = system.pendingReboot ? settlingMinutesWithUpdates : settlingMinutes;
  if (minutes < 0 || minutes >= settling) return null;
  return { startedMinutesAgo: Math.floor(minutes), lookInMinutes: Math.ceil(settling - minutes) };
}

/** A sentence for people: since when Windows has been starting, and when to look again. */
export function describeStarting({ startedMinutesAgo, lookInMinutes }: Starting): string {
  return `Windows is still starting (for ${inMinutes(startedMinutesAgo)}): look again in ${inMinutes(lookInMinutes)}.`;
}

function inMinutes(minutes: number): string {
  if (minutes === 0) return "less than a minute";
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
