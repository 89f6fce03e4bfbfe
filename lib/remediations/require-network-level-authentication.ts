import type { Remediation } from "../core/remediation.ts";
import { requireSetting } from "./_require-setting.ts";

/**
 * With network level authentication off, users may be able to log on whose account or device does not support it: of an
 * unreachable domain, or of Microsoft Entra. Nothing inside the VM can prove that they still can afterwards. [CON]
 */
export const requireNetworkLevelAuthentication: Remediation = {
  id: "require-network-level-authentication",
  title: "Require network level authentication again",
  ...requireSetting("rdp-tcp/UserAuthentication", "policy/UserAuthentication", 1),
  warning:
    "It shuts out whoever cannot do network level authentication: members of a domain or of Microsoft Entra whose trust is broken, and clients without CredSSP.",
  sources: ["CON", "VHD"],
};
