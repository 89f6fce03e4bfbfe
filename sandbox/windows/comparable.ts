import { journalRoot } from "./files.ts";
import type { WindowsState } from "./state.ts";

/**
 * The state without the parts that change by themselves or only record events: events, exit codes, sessions, the last start, the
 * cipher policy and the certificate that were read at some start, the count of certificates made, and this product's own journal. Two states
 * that are equal here are equal in everything that an undo must restore.
 */
export function comparable(state: WindowsState) {
  const { events: _, sessions: __, certificatesMade: ___, presentedSinceStart: ____, ...rest } = structuredClone(state);
  const { bootTime: _____, pendingReboot: ______, ...system } = rest.system;
  const { policyInEffect: _______, ...schannel } = rest.schannel;
  const files = Object.entries(rest.files).filter(([path]) => !`${path}\\`.startsWith(`${journalRoot}\\`));
  for (const service of Object.values(rest.services)) if (service) service.exitCode = 0;
  return { ...rest, system, schannel, files: Object.fromEntries(files) };
}
