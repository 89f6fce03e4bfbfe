import { type GuestEvidence, isUnreadable } from "./guest-evidence.ts";
import { firstBuildWithTls13 } from "./windows.ts";

/*
 * What a failed handshake proves. The guest's client is the VM itself, and its own settings may be the reason.
 */

/** The protocols that a current Remote Desktop client can use. */
const currentProtocols = ["TLS 1.2", "TLS 1.3"] as const;

/** The curves that current clients offer by default. [TLSC] */
const usualCurves = ["curve25519", "nistp256", "nistp384"];

/**
 * The limits of the VM's own client that may explain a handshake that failed in TLS, as the ends of sentences; empty
 * when the failure is the listener's, or when no handshake failed there.
 */
export function clientLimits(guest: GuestEvidence): string[] {
  const { handshake } = guest;
  if (isUnreadable(handshake) || handshake.result !== "failed" || handshake.stage !== "tls") return [];
  return [protocolLimit(guest), curveLimit(guest)].filter((limit) => limit !== null);
}

/**
 * Whether a client on the VM itself can connect to Remote Desktop at this time (RFC 3339): it completed TLS with a
 * certificate in date, or the listener answered with RDP's own security. Clients refuse an expired certificate or warn of
 * it, so that result does not count. `null`: could not be tried, or failed where the VM's own client may be the reason.
 */
export function handshakeWorks(guest: GuestEvidence, at: string): boolean | null {
  const { handshake } = guest;
  if (isUnreadable(handshake) || clientLimits(guest).length > 0) return null;
  if (handshake.result === "completed") return Date.parse(at) < Date.parse(handshake.notAfter);
  return handshake.result === "rdp-security";
}

/** Whether a handshake failed in TLS, and the VM's own client is no reason for that. */
export function failsInTls(guest: GuestEvidence): boolean {
  const { handshake } = guest;
  if (isUnreadable(handshake) || handshake.result !== "failed" || handshake.stage !== "tls") return false;
  return clientLimits(guest).length === 0;
}

function protocolLimit(guest: GuestEvidence): string | null {
  const client = isUnreadable(guest.handshake) ? undefined : guest.handshake.client;
  if (!client) return null;
  const served = currentProtocols.filter((protocol) => mayServe(protocol, guest));
  // Without any protocol on the listener's side, the client is not the reason.
  if (served.length === 0 || served.some((protocol) => client.offered.includes(protocol))) return null;
  const forbidden = served.filter((protocol) => client.forbidden.includes(protocol));
  return forbidden.length > 0
    ? `the registry forbids its own client ${forbidden.join(" and ")} (Client key, Enabled 0)`
    : `its own client cannot offer ${served.join(" or ")}`;
}

/** Whether the listener may use a protocol, as far as the evidence tells. */
function mayServe(protocol: string, { schannel, system }: GuestEvidence): boolean {
  if (protocol === "TLS 1.3" && !isUnreadable(system) && system.build < firstBuildWithTls13) return false;
  if (isUnreadable(schannel)) return true;
  const set = schannel.protocols.find((one) => one.protocol === protocol);
  return !set || (set.enabled !== 0 && !set.disabledByDefault);
}

function curveLimit({ registry }: GuestEvidence): string | null {
  const curves = isUnreadable(registry) ? null : registry["cipher-policy/EccCurves"];
  if (!curves || leavesUsualCurve(curves.data)) return null;
  const named = [curves.data].flat().join(", ").slice(0, 60);
  return `a policy limits the curves of this VM, its own client included (EccCurves: ${named})`;
}

/** Whether a policy's list of curves has one that current clients offer. */
export function leavesUsualCurve(curves: string | number | readonly string[]): boolean {
  return [curves]
    .flat()
    .flatMap((text) => String(text).split(","))
    .some((curve) => usualCurves.includes(curve.trim().toLowerCase()));
}
