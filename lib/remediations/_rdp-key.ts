import type { Change } from "../core/change.ts";
import type { CertificateFacts, CertificateSection } from "../core/guest-evidence.ts";
import { certificateOwner, dependsOnRdpKey, isWindowsMade } from "../core/rdp-certificate.ts";
import { type Refusal, refuse } from "../core/remediation.ts";
import type { Section } from "./_plan-from.ts";

/** Refuses when an administrator or a policy chose the certificate: Windows would not make another one in its place. */
export function refuseForeignCertificate(certificate: CertificateSection): Refusal | null {
  const owner = certificateOwner(certificate);
  if (!owner) return null;
  const whose = owner === "policy" ? "Group policy chose" : "An administrator chose";
  return refuse(
    `${whose} the certificate of the listener, and its key is not the one that Windows makes. Have that certificate issued again, or its choice withdrawn.`,
  );
}

/** Whether the key works: Windows could sign with it, and no handshake failed in TLS. */
export function rdpKeyWorks({ inUse }: CertificateSection, handshake: Section<"handshake"> | null): boolean {
  const failedInTls = handshake?.result === "failed" && handshake.stage === "tls";
  return inUse?.key.usable === true && !failedInTls;
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
