import type { Finding } from "../../lib/core/finding.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { dword, folder, inUse, type ReadableGuest, rdpKey, service } from "../remediations/evidence-with.ts";

/** One way in which Remote Desktop breaks: what it does to the evidence, and what a check says about it. */
export interface Fault {
  readonly check: string;
  readonly restoredBy: readonly string[];
  breaks(guest: ReadableGuest): void;
}

const closed = { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;BA)" };

/** Each fault alone, by name. Those that only somebody else can restore have an empty `restoredBy`. */
export const faults = {
  switchedOff: {
    check: "rdp-is-enabled",
    restoredBy: ["enable-remote-desktop"],
    breaks(guest) {
      guest.registry["terminal-server/fDenyTSConnections"] = dword(1);
    },
  },
  deniedByPolicy: {
    check: "rdp-is-enabled",
    restoredBy: ["enable-remote-desktop"],
    breaks(guest) {
      guest.registry["policy/fDenyTSConnections"] = dword(1);
    },
  },
  disabledService: {
    check: "rdp-services-are-running",
    restoredBy: ["restart-rdp-services"],
    breaks(guest) {
      Object.assign(service(guest, "TermService"), { state: "Stopped", startMode: "Disabled" });
    },
  },
  expiredCertificate: {
    check: "rdp-certificate-is-valid",
    restoredBy: ["renew-rdp-certificate", "renew-rdp-key"],
    breaks(guest) {
      inUse(guest).notAfter = fixtureTime;
    },
  },
  corruptKey: {
    check: "rdp-key-is-usable",
    restoredBy: ["renew-rdp-key", "rename-machine-keys-folder"],
    breaks(guest) {
      inUse(guest).key.usable = false;
    },
  },
  closedFolder: {
    check: "machine-keys-permissions-are-default",
    restoredBy: ["repair-key-permissions", "rename-machine-keys-folder"],
    breaks(guest) {
      Object.assign(folder(guest), closed);
    },
  },
  closedKey: {
    check: "machine-keys-permissions-are-default",
    restoredBy: ["repair-key-permissions", "rename-machine-keys-folder"],
    breaks(guest) {
      Object.assign(rdpKey(guest), closed);
    },
  },
  withoutTls12: {
    check: "tls12-is-enabled-for-server",
    restoredBy: ["enable-tls12"],
    breaks(guest) {
      guest.registry["tls12-server/Enabled"] = dword(0);
    },
  },
  cipherPolicy: {
    check: "cipher-policy-suits-rdp",
    restoredBy: ["reset-cipher-policy"],
    breaks(guest) {
      guest.registry["cipher-policy/Functions"] = { type: "string", data: "TLS_AES_256_GCM_SHA384" };
    },
  },
  strangeLayer: {
    check: "security-layer-is-consistent",
    restoredBy: ["restore-security-layer"],
    breaks(guest) {
      guest.registry["rdp-tcp/SecurityLayer"] = dword(7);
    },
  },
  closedFirewall: {
    check: "windows-firewall-allows-rdp",
    restoredBy: ["open-windows-firewall"],
    breaks(guest) {
      for (const rule of guest.firewall.rules) rule.enabled = false;
    },
  },
  failingHandshake: {
    check: "rdp-handshake-succeeds",
    restoredBy: ["restart-rdp-services", "renew-rdp-key"],
    breaks(guest) {
      guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
    },
  },
  deniedByNetwork: { check: "nsg-allows-rdp", restoredBy: [], breaks() {} },
  customCertificate: {
    check: "rdp-certificate-is-valid",
    restoredBy: [],
    breaks(guest) {
      guest.certificate.origin = "custom";
    },
  },
  unreadableKeys: {
    check: "other-keys-are-readable",
    restoredBy: [],
    breaks(guest) {
      guest.keys.others.unreadable = 1;
    },
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** The findings of checks that see these faults, one for each check. */
export function findingsOf(names: readonly FaultName[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const name of names) {
    const { check, restoredBy } = faults[name];
    const because = `This VM has the fault ${name}.`;
    findings.set(check, { check, verdict: "faulty", because, evidence: {}, restoredBy: [...restoredBy] });
  }
  return [...findings.values()];
}
