import type { AzureEvidence } from "../../core/azure-evidence.ts";
import { isUnreadable } from "../../core/guest-evidence.ts";
import type { OuterHandshake, Run } from "../../core/run.ts";
import { defaultRdpPort } from "../../core/windows.ts";

/*
 * The service's own handshake: the result for a client elsewhere, while the guest's handshake comes from the VM itself.
 * A service without a path to the VM learns nothing from it. Only a handshake that worked before and fails after the
 * change is a loss.
 */

/** Whether a handshake must be made before the first change or after the last. */
export function isProbed(run: Run, when: "before" | "after"): boolean {
  return run.limits.probes && addressesFor(run, when).length > 0;
}

/** The addresses to try: the address that answered before, or else every address of the VM. */
export function addressesFor(run: Run, when: "before" | "after"): string[] {
  const { before } = run;
  const former = formerHandshake(run);
  if (when === "after" && former?.completed) return [former.address];
  return before ? addressesOf(before.azure) : [];
}

/** Private addresses first: a service inside the network reaches them, and no other address needs to be open. */
export function addressesOf({ network }: AzureEvidence): string[] {
  if (!("interfaces" in network)) return [];
  const configurations = [...network.interfaces]
    .sort((one, other) => Number(other.primary) - Number(one.primary))
    .flatMap((nic) => nic.ipConfigurations);
  const open = configurations.flatMap(({ publicAddress }) =>
    publicAddress && "address" in publicAddress ? publicAddress.address : [],
  );
  return [...configurations.map(({ privateAddress }) => privateAddress), ...open].filter(Boolean);
}

export function rdpPortOf({ before }: Run): number {
  const listener = before?.guest?.listener;
  return listener && !isUnreadable(listener) ? listener.port : defaultRdpPort;
}

/** The one before the changes that are not proven yet. */
function formerHandshake({ outside, proven }: Run): OuterHandshake | null {
  return proven?.outside ?? outside.before;
}

/** Whether the service's handshake worked before the changes and fails after them. */
export function isLostOutside(run: Run): boolean {
  return formerHandshake(run)?.completed === true && run.outside.after?.completed === false;
}
