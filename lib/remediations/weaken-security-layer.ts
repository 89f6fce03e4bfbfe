import type { Remediation } from "../core/remediation.ts";
import { weakenSetting } from "./_weaken-setting.ts";

/**
 * For a client that cannot use TLS with this VM. With negotiation, a client that asks for RDP's own security gets it,
 * and all others continue with TLS. Where network level authentication is required, clients without TLS are still
 * refused. It restores no check and worsens none: negotiation is healthy, but weaker than the former setting.
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
