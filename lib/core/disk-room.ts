import { type GuestEvidence, isUnreadable } from "./guest-evidence.ts";

/**
 * A key and its certificate take a few kilobytes, and the journal of a repair as much; the rest is a reserve for what
 * Windows writes meanwhile. Our own estimate, not measured.
 */
export const leastRoomMb = 16;

/** Below this the free space is worth a note: one update of Windows or one dump fills it. */
export const lowRoomMb = 512;

/** Whether the system drive is known to have no room for a new key. */
export function hasNoRoom({ system }: GuestEvidence): boolean {
  return !isUnreadable(system) && system.freeDiskMb < leastRoomMb;
}
