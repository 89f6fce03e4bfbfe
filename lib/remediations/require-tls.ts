import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * Layers 0 (RDP's own security) and 1 (the client chooses) are supported configurations; old clients may need them.
 * [CON]
 */
export const requireTls: Remediation = {
  id: "require-tls",
  title: "Require TLS of every client",
  restores: ["security-layer-is-consistent"],
  risk: "may-lock-out",
  onlyByName: true,
  warning: "It shuts out clients that know only RDP's own security, or that cannot agree with this VM on TLS.",
  mayNeedRestart: false,
  touches: [{ kind: "set-registry-value", values: ["rdp-tcp/SecurityLayer"] }, { kind: "restart-rdp-services" }],
  sources: ["CON", "WMI"],
  plan: planFrom(["registry", "services"], ({ registry, services }) => {
    const changes = restoreSettings(
      [
        {
          value: "rdp-tcp/SecurityLayer",
          policy: "policy/SecurityLayer",
          accepts: (data) => data === 2,
          mayBeAbsent: true,
          ignoresOtherTypes: false,
          to: 2,
        },
      ],
      registry,
    );
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
