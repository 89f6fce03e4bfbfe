import type { Evidence } from "../../lib/core/evidence.ts";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import type { Layout } from "./layout.ts";
import { wrapText } from "./wrap.ts";

/** The result of the RDP and TLS handshake, once or before and after; empty when none was made. */
export function renderHandshakes(tried: Readonly<Record<string, Evidence | null>>, layout: Layout): string[] {
  return Object.entries(tried).flatMap(([when, evidence]) => {
    if (!evidence?.guest) return [];
    const label = `  ${when.padEnd(6)}  `;
    return wrapText(describeHandshake(evidence.guest.handshake), layout.width, label, " ".repeat(label.length));
  });
}

type Handshake = NonNullable<Evidence["guest"]>["handshake"];

function describeHandshake(handshake: Handshake): string {
  if (isUnreadable(handshake)) return `not known: ${handshake.unreadable}`;
  switch (handshake.result) {
    case "completed":
      return `completed with ${handshake.protocol}, ${handshake.suite}, certificate ${handshake.thumbprint}, valid until ${handshake.notAfter.slice(0, 10)}`;
    case "rdp-security":
      return "no TLS: the listener chose its own RDP security";
    case "failed":
      return `${failures[handshake.stage]}: ${handshake.error}`;
  }
}

const failures = {
  connect: "failed, no connection",
  negotiate: "failed in the RDP negotiation",
  tls: "failed in the TLS handshake",
};
