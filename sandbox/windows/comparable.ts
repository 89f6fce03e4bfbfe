import { machineKeysFolder } from "../../lib/core/windows.ts";
import { machineKeysSecurity } from "./builds.ts";
import { copyOf } from "./copy.ts";
import { formerJournalRoot, journalRoot } from "./files.ts";
import { winStationsKey } from "./machine.ts";
import type { WindowsState } from "./state.ts";

/**
 * The state without the parts that change by themselves or only record events: events, exit codes, how long the
 * process of a service would take to stop, sessions, the last start, the cipher policy and the certificate that were read
 * at some start, the count of certificates made, and this product's own journal. Two states that are equal here are equal
 * in everything that an undo must restore.
 *
 * Two containers count as absent while they are empty: SessionEnv makes each of them when it starts and finds it
 * missing, to put a key or the name of its certificate into it. That is no change of this product. An undo takes away
 * what is in them and leaves the container, which the next start of the service would make again.
 * - The MachineKeys folder (measured), exactly as Windows makes it: with other permissions, or as a link, it counts.
 * - The registry key WinStations, below a Terminal Server key that is missing (a belief of the simulated Windows).
 */
export function comparableState(state: WindowsState) {
  const { events: _, sessions: __, certificatesMade: ___, ...lasting } = copyOf(state);
  const { presentedSinceStart: ____, listensSinceStart: _____, ...rest } = lasting;
  const { bootTime: ______, pendingReboot: _______, ...system } = rest.system;
  const { policyInEffect: ________, ...schannel } = rest.schannel;
  const files = Object.entries(rest.files).filter(
    ([path]) =>
      ![journalRoot, formerJournalRoot].some((root) => `${path}\\`.startsWith(`${root}\\`)) &&
      !(path === machineKeysFolder && isMadeByWindows(rest.files)),
  );
  const registryKeys = rest.registryKeys.filter((key) => key !== `HKLM\\${winStationsKey}`);
  for (const service of Object.values(rest.services)) {
    if (service) Object.assign(service, { exitCode: 0, stopsInSeconds: 0 });
  }
  return { ...rest, system, schannel, registryKeys, files: Object.fromEntries(files) };
}

/** Whether the MachineKeys folder is empty and as Windows makes it where it is missing. */
function isMadeByWindows(files: WindowsState["files"]): boolean {
  const folder = files[machineKeysFolder];
  if (!folder || Object.keys(files).some((path) => path.startsWith(`${machineKeysFolder}\\`))) return false;
  const { owner, sddl } = machineKeysSecurity;
  return folder.owner === owner && folder.sddl === sddl && !folder.reparsePoint && !folder.damagedIndex;
}
