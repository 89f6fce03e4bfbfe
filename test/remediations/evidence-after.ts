import { type Change, isCryptoService } from "../../lib/core/change.ts";
import { Evidence } from "../../lib/core/evidence.ts";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { heldBy } from "../../lib/core/log-on.ts";
import { isOutOfDate } from "../../lib/core/rdp-certificate.ts";
import { machineKeysDefault } from "../../lib/core/windows.ts";
import { copyOf } from "../../sandbox/windows/copy.ts";
import { fixtureTime, healthyEvidence } from "../fixtures/evidence.ts";
import { type ReadableGuest, rdpKey } from "./evidence-with.ts";

/** What the evidence would show after these changes, in a Windows that does what the documents say. */
export function evidenceAfter(before: Evidence, changes: readonly Change[]): Evidence {
  const after = copyOf(before);
  for (const change of changes) apply(change, after.guest as ReadableGuest);
  return Evidence.parse(after);
}

function apply(change: Change, guest: ReadableGuest): void {
  switch (change.kind) {
    case "set-registry-value":
    case "weaken-registry-value":
      guest.registry[change.value] = change.to;
      if (change.value === "termservice/ServiceDll") guest.supportingServices.obstacles = [];
      return;
    case "remove-registry-value":
      guest.registry[change.value] = null;
      // Without a list of the policy's, Windows offers its own.
      if (change.value === "cipher-policy/Functions") guest.schannel = healthyGuest().schannel;
      return;
    case "grant-key-access": {
      const { keys, certificate } = guest;
      const { rdpKey, folder } = keys;
      const file = { "rdp-key": rdpKey, "machine-keys-folder": folder, "certificate-key": certificate.keyFile };
      Object.assign(file[change.target] ?? {}, change.to);
      openKey(guest);
      return;
    }
    case "rename-rdp-key":
      guest.keys.rdpKey = null;
      return;
    case "rename-machine-keys-folder":
      Object.assign(guest.keys.folder ?? {}, machineKeysDefault);
      guest.keys.rdpKey = null;
      return;
    case "remove-rdp-certificate": {
      const { certificate } = guest;
      if (certificate.inUse?.thumbprint === change.thumbprint) certificate.inUse = null;
      certificate.others = certificate.others.filter(({ thumbprint }) => thumbprint !== change.thumbprint);
      return;
    }
    case "configure-service":
      if (isCryptoService(change.service)) {
        const { supportingServices } = guest;
        supportingServices.disabled = supportingServices.disabled.filter(({ name }) => name !== change.service);
        return;
      }
      Object.assign(guest.services[change.service] ?? {}, change.to);
      return;
    case "set-log-on-right": {
      const others = heldBy(guest.rights, change.right)
        .split(" ")
        .filter((code) => code && code !== change.account);
      guest.rights.held[change.right] = [...others, ...(change.to ? [change.account] : [])].join(" ");
      return;
    }
    case "enable-firewall-group":
      for (const rule of guest.firewall.rules) rule.enabled ||= rule.group;
      return;
    case "set-firewall-inbound":
      for (const profile of guest.firewall.profiles) profile.blockAll &&= profile.name !== change.profile;
      return;
    case "restart-rdp-services":
      restart(guest);
  }
}

/** A key opens for whoever may read it, but for one that is no key (NTE_BAD_DATA and its like). */
function openKey({ certificate }: ReadableGuest): void {
  if (isUnreadable(certificate) || !certificate.inUse) return;
  const { key } = certificate.inUse;
  key.usable ||= key.present && key.code !== "0x80090003";
}

/** Services run again, and make the key and the certificate that are not there. */
function restart(guest: ReadableGuest): void {
  const made = healthyGuest();
  for (const facts of Object.values(guest.services)) if (facts) facts.state = "Running";
  if (!isUnreadable(guest.keys)) guest.keys.rdpKey ??= rdpKey(made);
  if (!isUnreadable(guest.certificate)) {
    const { inUse } = guest.certificate;
    // SessionEnv replaces a certificate of its own that has no key, or is over.
    const isKeyless = inUse?.selfSigned && inUse.store === "Remote Desktop" && !inUse.key.container;
    if (!inUse || (isKeyless && (!inUse.key.usable || isOutOfDate(inUse, fixtureTime, fixtureTime))))
      guest.certificate.inUse = made.certificate.inUse;
  }
  if (!isUnreadable(guest.listener)) guest.listener.owner = made.listener.owner;
  if (!isUnreadable(guest.handshake)) guest.handshake = made.handshake;
}

function healthyGuest(): ReadableGuest {
  return healthyEvidence().guest as ReadableGuest;
}
