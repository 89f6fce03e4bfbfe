import type { CertificateSection, FileSecurity } from "../core/guest-evidence.ts";
import { folderDeviation, sessionEnvMayRenew, termServiceMayRead } from "../core/key-permissions.ts";
import { dependsOnRdpKey, isOutOfDate } from "../core/rdp-certificate.ts";
import { parseDacl } from "../core/sddl.ts";
import { brief, type Section } from "./_section.ts";

/** Why Windows cannot use the RDP key. `permissions`: the key may be good. `replace`: the key is damaged or missing. */
export interface KeyFault {
  readonly kind: "permissions" | "replace" | "link";
  readonly because: string;
}

/** NTE_BAD_KEY, NTE_BAD_DATA, NTE_NO_KEY, NTE_KEYSET_ENTRY_BAD: the file was opened, and its content is no key. */
const damaged = ["0x80090003", "0x80090005", "0x8009000D", "0x8009001A"];
/** E_ACCESSDENIED, NTE_PERM. */
const refused = ["0x80070005", "0x80090010"];

/** The time of the observation, by our clock and by the VM's. */
export interface Clocks {
  readonly at: string;
  readonly collectedAt: string;
}

/**
 * Evaluates the key of the self-signed certificate; `null` when it has no known fault.
 *
 * Windows reports "keyset does not exist" both for a missing key and for one that it may not open. The permissions
 * decide between the two. [EV]
 */
export function keyFault(
  { inUse }: CertificateSection,
  { folder, rdpKey }: Section<"keys">,
  { at, collectedAt }: Clocks,
): KeyFault | null {
  const closed = rdpKey && parseDacl(rdpKey.sddl) ? closedTo(rdpKey) : null;
  const permissions = closed ? denied(`The RDP key ${rdpKey?.name} cannot be used: ${closed}.`) : null;
  if (!inUse) return permissions;
  const { usable, file } = inUse.key;
  const isOurs = dependsOnRdpKey(inUse);
  // A usable key that is stored elsewhere does not depend on this file.
  if (usable && !isOurs && file?.toLowerCase() !== rdpKey?.name.toLowerCase()) return null;
  if (usable && permissions) return permissions;
  if (usable) {
    const stuck = rdpKey && parseDacl(rdpKey.sddl) && !sessionEnvMayRenew(rdpKey);
    return stuck && isOutOfDate(inUse, at, collectedAt)
      ? denied(`The certificate has expired, and SessionEnv may not renew it with the RDP key ${rdpKey.name}.`)
      : null;
  }
  return unusableFault(inUse.thumbprint, inUse.key, { folder, rdpKey }, permissions);
}

function unusableFault(
  thumbprint: string,
  { error: said, code, present }: NonNullable<CertificateSection["inUse"]>["key"],
  { folder, rdpKey }: Pick<Section<"keys">, "folder" | "rdpKey">,
  permissions: KeyFault | null,
): KeyFault {
  const error = brief(said ?? "no reason given");
  if (folder?.reparsePoint || rdpKey?.reparsePoint) {
    return {
      kind: "link",
      because: `The RDP key does not open (${error}), and its folder or file is a link to another place.`,
    };
  }
  if (!present) return replace(`Certificate ${thumbprint} has no private key (${error}).`);
  if (!rdpKey) return replace(`The RDP key is missing from MachineKeys (${error}).`);
  if (rdpKey.bytes === 0) return replace(`The RDP key ${rdpKey.name} is an empty file (${error}).`);
  if (code && damaged.includes(code)) return replace(`The RDP key ${rdpKey.name} is corrupt (${error}).`);
  if (permissions) return permissions;
  const closedFolder = folder && code && refused.includes(code) ? folderDeviation(folder) : null;
  if (closedFolder) return denied(`The RDP key does not open (${error}); of its folder, ${closedFolder}.`);
  return replace(`The RDP key ${rdpKey.name} does not open (${error}), though its permissions are in order.`);
}

/** Which service may not read the RDP key, as the end of a sentence; `null` when all may. */
function closedTo(rdpKey: FileSecurity): string | null {
  return termServiceMayRead(rdpKey) ? null : "NETWORK SERVICE may not read it";
}

function denied(because: string): KeyFault {
  return { kind: "permissions", because };
}

function replace(because: string): KeyFault {
  return { kind: "replace", because };
}
