import { journalRoot } from "./files.ts";
import type { WindowsState } from "./state.ts";

/**
 * The state without what moves by itself or only records what happened: events, sessions, the last start, the cipher
 * policy that was read at some start, the count of certificates made, and this product's own journal. Two states
 * that are equal so are equal in everything that an undo has to restore.
 */
export function comparable(state: WindowsState) {
  const { events: _, sessions: __, certificatesMade: ___, ...rest } = structuredClone(state);
  const { bootTime: ____, pendingReboot: _____, ...system } = rest.system;
  const { policyInEffect: ______, ...schannel } = rest.schannel;
  const files = Object.entries(rest.files).filter(([path]) => !`${path}\\`.startsWith(`${journalRoot}\\`));
  return { ...rest, system, schannel, files: Object.fromEntries(files) };
}
