import type { CertificateFacts, CertificateSection } from "./guest-evidence.ts";
import { rdpKeyPrefix } from "./windows.ts";

/**
 * Whether the time of the observation (RFC 3339) is outside the certificate's validity. Windows makes certificates by
 * the VM's clock, which may be ahead of ours: a certificate that is valid by either clock is valid.
 */
export function isOutOfDate({ notBefore, notAfter }: CertificateFacts, at: string, clockOfVm: string): boolean {
  const now = Date.parse(at);
  return Date.parse(notAfter) <= now || Math.max(now, Date.parse(clockOfVm)) < Date.parse(notBefore);
}

// Windows truncates the computer name to this many letters; the certificate may have the whole host name.
const netbiosLength = 15;

/**
 * Whether the certificate's subject is this computer. Windows uses the host name, with the domain's suffix when the
 * computer is joined to a domain.
 */
export function namesComputer({ subject }: Pick<CertificateFacts, "subject">, computerName: string): boolean {
  const host = /^CN=([^,.]*)/i.exec(subject)?.[1] ?? "";
  const short = (name: string) => name.slice(0, netbiosLength).toLowerCase();
  return short(host) === short(computerName);
}

/**
 * Whether Windows made the certificate for Remote Desktop by itself, and would make another one in its place. An
 * administrator may put another self-signed certificate into that store; its key has another container. [CRT]
 */
export function isWindowsMade({ store, selfSigned, key }: CertificateFacts): boolean {
  return store === "Remote Desktop" && selfSigned && isRdpContainer(key.container);
}

/** The container in which Windows keeps the key of its Remote Desktop certificates, the same on every build. [CRT] */
function isRdpContainer(container: string | null): boolean {
  return container?.toLowerCase() === "tsseckeyset1";
}

/**
 * Whether the certificate's key is in the RDP key file. Where FIPS hides the file's name, the container's name decides.
 */
export function dependsOnRdpKey({ key }: CertificateFacts): boolean {
  return isRdpContainer(key.container) || (key.file?.toLowerCase().startsWith(rdpKeyPrefix) ?? false);
}

/** A self-signed certificate in the listener's store for which Windows has no key: nobody can have chosen it. */
function isKeyless({ store, selfSigned, key }: CertificateFacts): boolean {
  return store === "Remote Desktop" && selfSigned && key.container === null;
}

/** Who chose the certificate when Windows did not: an administrator or group policy. `null`: Windows made it itself. */
export function certificateOwner({ origin, inUse }: CertificateSection): "policy" | "custom" | null {
  if (origin === "policy" || origin === "custom") return origin;
  return inUse && !isWindowsMade(inUse) && !isKeyless(inUse) ? "custom" : null;
}
