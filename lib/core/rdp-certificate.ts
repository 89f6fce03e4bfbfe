import type { CertificateFacts, CertificateSection } from "./guest-evidence.ts";
import { rdpKeyPrefix } from "./windows.ts";

/**
 * Whether the certificate's validity does not include the time of the observation (RFC 3339). The VM's clock, by
 * which Windows makes certificates, may be ahead of ours: one that is fresh by either is good.
 */
export function isOutOfDate({ notBefore, notAfter }: CertificateFacts, at: string, clockOfVm: string): boolean {
  const now = Date.parse(at);
  return Date.parse(notAfter) <= now || Math.max(now, Date.parse(clockOfVm)) < Date.parse(notBefore);
}

// Windows cuts the computer name to this many letters; the certificate may carry the whole host name.
const netbiosLength = 15;

/**
 * Whether the certificate's subject is this computer. Windows puts the host name there, with the domain's suffix
 * when the computer has joined one.
 */
export function namesComputer({ subject }: CertificateFacts, computerName: string): boolean {
  const host = /^CN=([^,.]*)/i.exec(subject)?.[1] ?? "";
  const short = (name: string) => name.slice(0, netbiosLength).toLowerCase();
  return short(host) === short(computerName);
}

/** Whether Windows made it for Remote Desktop by itself, and would make another one in its place. */
export function isWindowsMade({ store, selfSigned }: CertificateFacts): boolean {
  return store === "Remote Desktop" && selfSigned;
}

/** Whether the certificate leans on the RDP key file. */
export function leansOnRdpKey({ key }: CertificateFacts): boolean {
  return key.file?.toLowerCase().startsWith(rdpKeyPrefix) ?? false;
}

/** Who chose the certificate when Windows did not: an administrator or group policy. `null`: Windows made it itself. */
export function certificateOwner({ origin, inUse }: CertificateSection): "policy" | "custom" | null {
  if (origin === "policy" || origin === "custom") return origin;
  return inUse && !isWindowsMade(inUse) ? "custom" : null;
}
