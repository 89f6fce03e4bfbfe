import type { Remediation } from "../core/remediation.ts";
import { weakenSetting } from "./_weaken-setting.ts";

/**
 * For a client that cannot do TLS with this VM: with negotiation, one that asks for RDP's own security gets it, and all
 * others go on with TLS. Network level authentication, where it is required, still keeps the former out. Restores no
 * check and worsens none: negotiation is healthy by itself, and weaker than what was there.
 */
export const weakenSecurityLayer: Remediation = {
  id: "weaken-security-layer",
  title: "Let clients negotiate the security layer instead of TLS alone, for a limited time",
  restores: [],
  risk: "weakens-security",
  onlyByName: true,
  mayNeedRestart: false,
  touches: [{ kind: "weaken-registry-value", values: ["rdp-tcp/SecurityLayer"] }, { kind: "restart-rdp-services" }],
  sources: ["WMI", "ADMX"],
  plan: weakenSetting({ value: "rdp-tcp/SecurityLayer", policy: "policy/SecurityLayer", to: 1 }),
};
