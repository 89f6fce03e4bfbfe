import type { Change } from "../core/change.ts";
import { certainOffset, describeOffset } from "../core/clock.ts";
import type { Evidence } from "../core/evidence.ts";
import type { CertificateFacts, CertificateSection, GuestEvidence } from "../core/guest-evidence.ts";
import { failsInTls } from "../core/handshake.ts";
import { certificateOwner, dependsOnRdpKey, isWindowsMade } from "../core/rdp-certificate.ts";
import { type Refusal, refuse } from "../core/remediation.ts";

/** Why Windows would not make a usable certificate in the place of this one; `null` when it would. */
export function refuseRenewal(
  certificate: CertificateSection,
  evidence: Pick<Evidence, "at" | "guest">,
): Refusal | null {
  return refuseForeignCertificate(certificate) ?? refuseDeniedStore(certificate) ?? refuseWrongClock(evidence);
}

/** Refuses when an administrator or a policy chose the certificate: Windows would not make another one in its place. */
function refuseForeignCertificate(certificate: CertificateSection): Refusal | null {
  const owner = certificateOwner(certificate);
  if (!owner) return null;
  const whose = owner === "policy" ? "Group policy chose" : "An administrator chose";
  return refuse(
    `${whose} the certificate of the listener, and its key is not the one that Windows makes. Have that certificate issued again, or remove its binding.`,
  );
}

/**
 * Refuses when the VM's clock is a day or more away from ours: Windows would make the new certificate for the time that
 * it believes in.
 */
function refuseWrongClock(evidence: Pick<Evidence, "at" | "guest">): Refusal | null {
  const offset = certainOffset(evidence);
  if (Math.abs(offset) < 86_400) return null;
  return refuse(
    `The clock of Windows is at least ${describeOffset(offset)}, and it would make the new certificate for that time. Correct the clock first (w32tm /resync /rediscover).`,
  );
}

/** Refuses when SYSTEM may not write the store: Windows could make no other certificate in the place of a removed one. */
function refuseDeniedStore({ writeDenied = [] }: CertificateSection): Refusal | null {
  const [denied] = writeDenied;
  if (!denied) return null;
  return refuse(
    `SYSTEM is denied to write HKLM\\${denied.key}, so Windows could save no new certificate there. Have that deny entry removed first.`,
  );
}

/** Whether the key works: Windows could sign with it, and no handshake failed in TLS. */
export function rdpKeyWorks({ inUse }: CertificateSection, guest: GuestEvidence): boolean {
  return inUse?.key.usable === true && !failsInTls(guest);
}

/** Removes each self-signed certificate that would have no key once the RDP key is gone. */
export function removeCertificatesOfRdpKey({ inUse, others }: CertificateSection): Change[] {
  const matching = others.filter((other) => isWindowsMade(other) && dependsOnRdpKey(other));
  // For the certificate in use the key's file is not always known: a missing key has none.
  if (inUse && isWindowsMade(inUse)) matching.unshift(inUse);
  return matching.map(removeCertificate);
}

export function removeCertificate({ thumbprint, notAfter }: CertificateFacts): Change {
  return { kind: "remove-rdp-certificate", thumbprint, was: { notAfter } };
}
