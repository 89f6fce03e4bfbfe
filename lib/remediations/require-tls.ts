import type { Remediation } from "../core/remediation.ts";
import { requireSetting } from "./_require-setting.ts";

/**
 * Layers 0 (RDP's own security) and 1 (the client chooses) are supported configurations; old clients may need them.
 * [CON]
 */
export const requireTls: Remediation = {
  id: "require-tls",
  title: "Require TLS of every client",
  ...requireSetting("rdp-tcp/SecurityLayer", "policy/SecurityLayer", 2),
  warning: "It shuts out clients that know only RDP's own security, or that cannot agree with this VM on TLS.",
  sources: ["CON", "WMI"],
};
