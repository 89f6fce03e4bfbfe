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

/**
 * Whether Windows made it for Remote Desktop by itself, and would make another one in its place. An administrator may
 * put a self-signed one of his own into that store, and its key has another container. [CRT]
 */
export function isWindowsMade({ store, selfSigned, key }: CertificateFacts): boolean {
  return store === "Remote Desktop" && selfSigned && isRdpContainer(key.container);
}

/** The one container in which Windows keeps the key of its certificates for Remote Desktop, on every build. [CRT] */
function isRdpContainer(container: string | null): boolean {
  return container?.toLowerCase() === "tsseckeyset1";
}

/** Whether the certificate leans on the RDP key file. Where FIPS hides the file's name, the container tells. */
export function leansOnRdpKey({ key }: CertificateFacts): boolean {
  return isRdpContainer(key.container) || (key.file?.toLowerCase().startsWith(rdpKeyPrefix) ?? false);
}

/** A self-signed certificate of the listener's store of which Windows knows no key: nobody chose that. */
function isKeyless({ store, selfSigned, key }: CertificateFacts): boolean {
  return store === "Remote Desktop" && selfSigned && key.container === null;
}

/** Who chose the certificate when Windows did not: an administrator or group policy. `null`: Windows made it itself. */
export function certificateOwner({ origin, inUse }: CertificateSection): "policy" | "custom" | null {
  if (origin === "policy" || origin === "custom") return origin;
  return inUse && !isWindowsMade(inUse) && !isKeyless(inUse) ? "custom" : null;
}
