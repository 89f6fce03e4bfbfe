import type { CheckResult } from "../core/check.ts";
import { noted } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { isUnreadable } from "../core/guest-evidence.ts";
import { clientLimits } from "../core/handshake.ts";

/**
 * Whether a client on the VM itself can connect to Remote Desktop: it completed TLS with a certificate in date, or the
 * listener answered with RDP's own security. Clients refuse an expired certificate or warn of it, so that result does
 * not count. `null`: could not be tried, or failed where the VM's own client may be the reason.
 */
export function handshakeWorks({ at, guest }: Evidence): boolean | null {
  if (!guest || isUnreadable(guest.handshake)) return null;
  const { handshake } = guest;
  if (clientLimits(guest).length > 0) return null;
  if (handshake.result === "completed") return Date.parse(at) < Date.parse(handshake.notAfter);
  return handshake.result === "rdp-security";
}

/**
 * A deviation is a fault only when Remote Desktop does not work. A harmless deviation is noted, and nothing is planned
 * for it. When the handshake could not be tried, the fault stays a fault.
 */
export function unlessWorking(result: CheckResult, evidence: Evidence): CheckResult {
  if (result.verdict !== "faulty" || handshakeWorks(evidence) !== true) return result;
  return noted(`${result.because} Remote Desktop works nevertheless.`, result.evidence);
}
