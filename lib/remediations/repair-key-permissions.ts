import type { Change, GrantKeyAccess } from "../core/change.ts";
import {
  type CertificateSection,
  type FileSecurity,
  type GuestEvidence,
  isUnreadable,
} from "../core/guest-evidence.ts";
import {
  folderDeviation,
  sessionEnvMayMakeKeys,
  sessionEnvMayRenew,
  termServiceMayRead,
  withFolderAccess,
  withKeyAccess,
  withTermServiceAccess,
} from "../core/key-permissions.ts";
import { certificateOwner, dependsOnRdpKey, isOutOfDate } from "../core/rdp-certificate.ts";
import type { Remediation } from "../core/remediation.ts";
import { planFrom, type Section } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * The first of three tiers of key repair: changes who may use the key, and no key. It adds the entries that this
 * Windows gives by default. The folder is changed only when Windows cannot use or cannot make the key. [CRT]
 */
export const repairKeyPermissions: Remediation = {
  id: "repair-key-permissions",
  title: "Give Windows back its access to the key behind Remote Desktop",
  restores: ["machine-keys-permissions-are-default", "rdp-key-is-usable", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "grant-key-access" }, { kind: "restart-rdp-services" }],
  sources: ["CRT", "EV", "MK"],
  plan: planFrom(["certificate", "keys", "services"], ({ certificate, keys, services }, { at, guest, force }) => {
    const changes = certificateOwner(certificate)
      ? grantToChosenKey(certificate)
      : grantToRdpKey(certificate, keys, at, guest, force);
    return changes.length === 0 ? [] : withRestart(changes, services);
  }),
};

function grantToChosenKey({ keyFile }: CertificateSection): Change[] {
  if (!keyFile || keyFile.reparsePoint || termServiceMayRead(keyFile)) return [];
  return grant("certificate-key", keyFile, withTermServiceAccess(keyFile.sddl));
}

function grantToRdpKey(
  { inUse }: CertificateSection,
  { folder, rdpKey }: Section<"keys">,
  at: string,
  guest: GuestEvidence,
  force: boolean,
): Change[] {
  const build = isUnreadable(guest.system) ? null : guest.system.build;
  const isOver = inUse !== null && isOutOfDate(inUse, at, guest.collectedAt);
  // A certificate that works with a key stored elsewhere does not depend on this file; the one that replaces it when it
  // is over does.
  const isWanted = !inUse?.key.usable || isOver || dependsOnRdpKey(inUse);
  const isClosed = rdpKey && isWanted && (!termServiceMayRead(rdpKey) || (isOver && !sessionEnvMayRenew(rdpKey)));
  const key = isClosed ? grant("rdp-key", rdpKey, withKeyAccess(rdpKey.sddl, build)) : [];
  const isBroken = isClosed || !rdpKey || !inUse?.key.usable || (isOver && folder && !sessionEnvMayMakeKeys(folder));
  const opens = folder && folderDeviation(folder) && (isBroken || force);
  return [...(opens ? grant("machine-keys-folder", folder, withFolderAccess(folder.sddl)) : []), ...key];
}

function grant(target: GrantKeyAccess["target"], { owner, sddl }: FileSecurity, to: string): Change[] {
  return sddl === to ? [] : [{ kind: "grant-key-access", target, to: { owner, sddl: to }, was: { owner, sddl } }];
}
