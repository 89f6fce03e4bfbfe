import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * With network level authentication off, users may be able to log on whose account or device does not support it: of an
 * unreachable domain, or of Microsoft Entra. Nothing inside the VM can prove that they still can afterwards. [CON]
 */
export const requireNetworkLevelAuthentication: Remediation = {
  id: "require-network-level-authentication",
  title: "Require network level authentication again",
  restores: ["security-layer-is-consistent"],
  risk: "may-lock-out",
  onlyByName: true,
  warning:
    "It shuts out whoever cannot do network level authentication: members of a domain or of Microsoft Entra whose trust is broken, and clients without CredSSP.",
  mayNeedRestart: false,
  touches: [{ kind: "set-registry-value", values: ["rdp-tcp/UserAuthentication"] }, { kind: "restart-rdp-services" }],
  sources: ["CON", "VHD"],
  plan: planFrom(["registry", "services"], ({ registry, services }) => {
    const changes = restoreSettings(
      [
        {
          value: "rdp-tcp/UserAuthentication",
          policy: "policy/UserAuthentication",
          accepts: (data) => data === 1,
          mayBeAbsent: true,
          ignoresOtherTypes: false,
          to: 1,
        },
      ],
      registry,
    );
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
