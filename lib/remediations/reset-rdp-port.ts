import { foreignHolder } from "../core/rdp-services.ts";
import { isRefusal, type Remediation } from "../core/remediation.ts";
import { defaultRdpPort, isPort } from "../core/windows.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * A port that is none (0, above 65535, no REG_DWORD) is replaced by the default port. Another valid port is a choice,
 * which network and firewall may know: it is replaced only when another process holds it, or when that is forced. [CON]
 */
export const resetRdpPort: Remediation = {
  id: "reset-rdp-port",
  title: "Set the port of Remote Desktop back to 3389",
  restores: ["rdp-listener-is-listening", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  onlyByName: true,
  warning: "Clients, security groups and firewalls that were set to another port must be set to 3389.",
  mayNeedRestart: false,
  touches: [{ kind: "set-registry-value", values: ["rdp-tcp/PortNumber"] }, { kind: "restart-rdp-services" }],
  sources: ["CON"],
  plan: planFrom(["registry", "services"], ({ registry, services }, { force, guest }) => {
    const isTaken = foreignHolder(guest) !== null;
    const changes = restoreSettings(
      [
        {
          value: "rdp-tcp/PortNumber",
          accepts: (data) => data === defaultRdpPort || (isPort(data) && !force && !isTaken),
          mayBeAbsent: true,
          ignoresOtherTypes: false,
          to: defaultRdpPort,
        },
      ],
      registry,
    );
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
