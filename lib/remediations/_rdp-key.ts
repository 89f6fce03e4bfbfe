import type { Change } from "../core/change.ts";
import type { CertificateFacts, CertificateSection } from "../core/guest-evidence.ts";
import { certificateOwner, isWindowsMade, leansOnRdpKey } from "../core/rdp-certificate.ts";
import { type Refusal, refuse } from "../core/remediation.ts";
import type { Section } from "./_plan-from.ts";

/** Refuses where the certificate is somebody's choice: Windows would not make another one in its place. */
export function refuseForeignCertificate(certificate: CertificateSection): Refusal | null {
  const owner = certificateOwner(certificate);
  if (!owner) return null;
  const whose = owner === "policy" ? "Group policy chose" : "An administrator chose";
  return refuse(
    `${whose} the certificate of the listener, and its key is not the one that Windows makes. Have that certificate issued again, or its choice withdrawn.`,
  );
}

/** Whether the key does its work: Windows could sign with it, and no handshake that came as far as TLS failed. */
export function rdpKeyWorks({ inUse }: CertificateSection, handshake: Section<"handshake"> | null): boolean {
  const failedInTls = handshake?.result === "failed" && handshake.stage === "tls";
  return inUse?.key.usable === true && !failedInTls;
}

/** Removes each self-signed certificate that would be left without a key when the RDP key goes. */
export function removeCertificatesOfRdpKey({ inUse, others }: CertificateSection): Change[] {
  const matching = others.filter((other) => isWindowsMade(other) && leansOnRdpKey(other));
  // Of the one in use the key's file is not always known: a key that is gone has none.
  if (inUse && isWindowsMade(inUse)) matching.unshift(inUse);
  return matching.map(removeCertificate);
}

export function removeCertificate({ thumbprint, notAfter }: CertificateFacts): Change {
  return { kind: "remove-rdp-certificate", thumbprint, was: { notAfter } };
}
