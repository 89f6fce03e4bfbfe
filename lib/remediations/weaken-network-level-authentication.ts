import type { Remediation } from "../core/remediation.ts";
import { weakenSetting } from "./_weaken-setting.ts";

/**
 * For a VM that nobody can log on to because network level authentication fails, e.g. because it has lost its trust in
 * the domain. Meanwhile everyone who reaches the port sees the log-on screen, so the weakening ends by itself. It
 * restores no check: NLA off is a fault, and that fault is expected while this lasts.
 */
export const weakenNetworkLevelAuthentication: Remediation = {
  id: "weaken-network-level-authentication",
  title: "Let people connect without network level authentication, for a limited time",
  restores: [],
  worsens: ["security-layer-is-consistent"],
  risk: "weakens-security",
  onlyByName: true,
  mayNeedRestart: false,
  touches: [
    { kind: "weaken-registry-value", values: ["rdp-tcp/UserAuthentication"] },
    { kind: "restart-rdp-services" },
  ],
  sources: ["VHD", "RC1"],
  plan: weakenSetting({ value: "rdp-tcp/UserAuthentication", policy: "policy/UserAuthentication", to: 0 }),
};
