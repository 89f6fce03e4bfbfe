import type { FaultName } from "../../sandbox/windows/faults.ts";
import {
  changes,
  configure,
  enableFirewallGroup,
  grantAccess,
  type MakeChanges,
  openFirewall,
  type ReadableEvidence,
  remove,
  removeCertificates,
  renameFolder,
  renameRdpKey,
  restart,
  set,
  weaken,
} from "./scenarios-rig.ts";

export interface Scenario {
  readonly name: string;
  readonly faults: FaultName[];
  readonly changes: MakeChanges;
  /** What the evidence shows once the changes have worked. */
  readonly cured: (evidence: ReadableEvidence) => boolean;
  /** What an undo cannot bring back: a process that hung and was ended. */
  readonly undoIsNotExact?: true;
  /** It weakens something, which an undo restores once and for all. */
  readonly weakens?: true;
}

function shakesHands({ handshake, certificate, collectedAt }: ReadableEvidence): boolean {
  return (
    handshake.result === "completed" &&
    handshake.notAfter > collectedAt &&
    certificate.inUse?.thumbprint === handshake.thumbprint
  );
}

function isRunning({ services }: ReadableEvidence): boolean {
  return services.SessionEnv?.state === "Running" && services.TermService?.state === "Running";
}

/** Every kind of change, each in the way in which a plan would use it; those first that need the most of a guest. */
export const scenarios: readonly Scenario[] = [
  {
    name: "everything at once",
    faults: [
      "certificate-expired",
      "key-corrupt",
      "machine-keys-permissions-broken",
      "cipher-policy-ecdsa-only",
      "tls12-disabled",
      "security-layer-weak",
      "firewall-group-disabled",
      "firewall-blocks-all",
      "termservice-disabled",
    ],
    changes: changes(
      set("rdp-tcp/SecurityLayer", 2),
      set("rdp-tcp/UserAuthentication", 1),
      set("rdp-tcp/MinEncryptionLevel", 2),
      set("tls12-server/Enabled", 1),
      set("tls12-server/DisabledByDefault", 0),
      remove("cipher-policy/Functions"),
      grantAccess("machine-keys-folder"),
      configure({ startMode: "Manual" }),
      renameRdpKey,
      removeCertificates,
      enableFirewallGroup,
      openFirewall,
      restart,
    ),
    cured: (evidence) =>
      isRunning(evidence) &&
      shakesHands(evidence) &&
      evidence.firewall.rules.every((rule) => rule.enabled) &&
      evidence.firewall.profiles.every((profile) => !profile.blockAll),
  },
  {
    name: "MachineKeys folder made anew",
    faults: ["machine-keys-folder-corrupt"],
    changes: changes(renameFolder(), removeCertificates, restart),
    cured: (evidence) => shakesHands(evidence) && evidence.keys.dependents.every((one) => one.usable),
  },
  {
    name: "MachineKeys permissions repaired, expired certificate renewed",
    faults: ["certificate-expired", "machine-keys-permissions-broken"],
    changes: changes(grantAccess("machine-keys-folder"), removeCertificates, restart),
    cured: shakesHands,
  },
  {
    name: "disabled TermService configured and started",
    faults: ["termservice-disabled"],
    changes: changes(configure({ startMode: "Manual" }), restart),
    cured: (evidence) => isRunning(evidence) && shakesHands(evidence),
  },
  {
    name: "security layer set back to TLS and NLA",
    faults: ["security-layer-weak"],
    changes: changes(
      set("rdp-tcp/SecurityLayer", 2),
      set("rdp-tcp/UserAuthentication", 1),
      set("rdp-tcp/MinEncryptionLevel", 2),
      restart,
    ),
    cured: shakesHands,
  },
  {
    name: "TLS 1.2 turned on",
    faults: ["tls12-disabled"],
    changes: changes(set("tls12-server/Enabled", 1), set("tls12-server/DisabledByDefault", 0), restart),
    cured: shakesHands,
  },
  {
    name: "policy list of suites removed, curves kept",
    faults: ["cipher-policy-ecdsa-only"],
    changes: changes(remove("cipher-policy/Functions"), restart),
    cured: (evidence) => shakesHands(evidence) && evidence.registry["cipher-policy/EccCurves"] !== null,
  },
  {
    name: "expired custom certificate no longer chosen",
    faults: ["custom-certificate-expired"],
    changes: changes(remove("rdp-tcp/SSLCertificateSHA1Hash"), restart),
    cured: (evidence) => shakesHands(evidence) && evidence.certificate.origin === "self-signed",
  },
  {
    name: "Remote Desktop allowed",
    faults: ["remote-desktop-disabled"],
    changes: changes(set("terminal-server/fDenyTSConnections", 0), restart),
    cured: shakesHands,
  },
  {
    name: "RDP key readable again",
    faults: ["key-permissions-denied"],
    changes: changes(grantAccess("rdp-key"), restart),
    cured: shakesHands,
  },
  {
    name: "corrupt RDP key renamed aside",
    faults: ["key-corrupt"],
    changes: changes(renameRdpKey, removeCertificates, restart),
    cured: shakesHands,
  },
  {
    name: "stale key container renamed aside",
    faults: ["key-container-stale", "certificate-expired"],
    changes: changes(renameRdpKey, removeCertificates, restart),
    cured: shakesHands,
  },
  {
    name: "missing RDP key made anew",
    faults: ["key-missing"],
    changes: changes(removeCertificates, restart),
    cured: shakesHands,
  },
  {
    name: "expired certificate removed",
    faults: ["certificate-expired"],
    changes: changes(removeCertificates, restart),
    cured: shakesHands,
  },
  {
    name: "expired certificate renewed by a restart alone",
    faults: ["certificate-expired"],
    changes: changes(restart),
    cured: shakesHands,
  },
  {
    name: "dangling pointer led back to a certificate",
    faults: ["certificate-dangling-pointer"],
    changes: changes(restart),
    cured: shakesHands,
  },
  {
    name: "stopped services started",
    faults: ["rdp-services-stopped"],
    changes: changes(restart),
    cured: (evidence) => isRunning(evidence) && shakesHands(evidence),
  },
  {
    name: "TermService under its own account again",
    faults: ["termservice-wrong-account"],
    changes: changes(configure({ account: "NT AUTHORITY\\NetworkService" }), restart),
    cured: (evidence) => isRunning(evidence) && shakesHands(evidence),
  },
  {
    name: "hung TermService ended and given a process of its own",
    faults: ["termservice-hung"],
    changes: changes(configure({ type: "own" }), restart),
    cured: (evidence) => isRunning(evidence) && shakesHands(evidence),
    undoIsNotExact: true,
  },
  {
    name: "firewall group enabled",
    faults: ["firewall-group-disabled"],
    changes: changes(enableFirewallGroup),
    cured: ({ firewall }) => firewall.rules.every((rule) => rule.enabled),
  },
  {
    name: "firewall profile opened to what rules allow",
    faults: ["firewall-blocks-all"],
    changes: changes(openFirewall),
    cured: ({ firewall }) => firewall.profiles.every((profile) => !profile.blockAll),
  },
  {
    name: "network level authentication weakened for a time",
    faults: [],
    changes: changes(weaken("rdp-tcp/UserAuthentication", 0), restart),
    cured: ({ registry }) => registry["rdp-tcp/UserAuthentication"]?.data === 0,
    weakens: true,
  },
  {
    name: "security layer weakened for a time",
    faults: [],
    changes: changes(weaken("rdp-tcp/SecurityLayer", 1), restart),
    cured: ({ registry }) => registry["rdp-tcp/SecurityLayer"]?.data === 1,
    weakens: true,
  },
];
