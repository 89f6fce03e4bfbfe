import type { Remediation } from "../core/remediation.ts";
import { weakenSetting } from "./_weaken-setting.ts";

/**
 * For a VM that nobody can log on to because network level authentication fails, e.g. after its trust in the domain is
 * lost. Whoever reaches the port sees the log-on screen meanwhile, so it ends by itself. Restores no check: that NLA is
 * off is a fault, and expected to be found for as long as this lasts.
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
