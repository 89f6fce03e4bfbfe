import { type CertificateFacts, type GuestEvidence, isUnreadable } from "../core/guest-evidence.ts";
import { isOutOfDate, isWindowsMade } from "../core/rdp-certificate.ts";
import type { Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { refuseRenewal, removeCertificate } from "./_rdp-key.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * Removes the self-signed certificates that no client can use, one by one, never the whole store. Windows makes a new
 * one when its services start. The key stays: another remediation replaces a key that does not work.
 */
export const renewRdpCertificate: Remediation = {
  id: "renew-rdp-certificate",
  title: "Let Windows make a new RDP certificate",
  restores: ["rdp-certificate-is-valid", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "remove-rdp-certificate" }, { kind: "restart-rdp-services" }],
  sources: ["EV", "GT"],
  plan: planFrom(["certificate", "services"], ({ certificate, services }, { at, guest, force }) => {
    const refusal = refuseRenewal(certificate, { at, guest });
    if (refusal) return refusal;
    const { inUse, others } = certificate;
    // The name in the certificate is no reason: clients warn of another name, and connect. [CRT]
    const isUseless = (one: CertificateFacts) => isOutOfDate(one, at, guest.collectedAt);
    // Old certificates beside one that works are no reason to end sessions.
    const serves = inUse ? !isUseless(inUse) : presentsUnnamed(guest, at);
    if (serves && !force) return [];
    const leftovers = others.filter((other) => isWindowsMade(other) && (isUseless(other) || !other.key.present));
    return withRestart([inUse && isWindowsMade(inUse) ? inUse : [], leftovers].flat().map(removeCertificate), services);
  }),
};

/** Whether the listener presents a certificate in date although no pointer names one. */
function presentsUnnamed({ registry, handshake }: GuestEvidence, at: string): boolean {
  if (isUnreadable(registry) || registry["winstations/SelfSignedCertificate"]) return false;
  if (isUnreadable(handshake) || handshake.result !== "completed") return false;
  return Date.parse(at) < Date.parse(handshake.notAfter);
}
