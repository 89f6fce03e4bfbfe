import type { GuestEvidence } from "../core/guest-evidence.ts";

const failures = {
  connect: "failed, no connection",
  negotiate: "failed in the RDP negotiation",
  tls: "failed in the TLS handshake",
};

/** The result of the RDP and TLS handshake inside the VM, without a capital and a full stop; `null` when none was made. */
export function describeHandshake(handshake: GuestEvidence["handshake"] | null | undefined): string | null {
  if (!handshake) return null;
  if ("unreadable" in handshake) return `not known: ${handshake.unreadable}`;
  switch (handshake.result) {
    case "completed":
      return `completed with ${handshake.protocol}, ${handshake.suite}, certificate ${handshake.thumbprint}, valid until ${handshake.notAfter.slice(0, 10)}`;
    case "rdp-security":
      return "no TLS: the listener chose its own RDP security";
    case "failed":
      return `${failures[handshake.stage]}: ${handshake.error}`;
  }
}
