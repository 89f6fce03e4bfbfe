import { isUnreadable } from "../core/guest-evidence.ts";
import { isRefusal, type Remediation, refuse } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings, type Setting } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * The settings that allow connections. When TermService listens, an absent switch and a chosen network adapter are
 * proven to be right.
 */
function settings(listens: boolean): Setting[] {
  return [
    {
      value: "terminal-server/fDenyTSConnections",
      policy: "policy/fDenyTSConnections",
      accepts: (data) => data === 0,
      mayBeAbsent: listens,
      ignoresOtherTypes: false,
      to: 0,
    },
    { value: "terminal-server/TSUserEnabled", ...flag, accepts: (data) => data === 0, to: 0 },
    { value: "rdp-tcp/fEnableWinStation", ...flag, accepts: (data) => data !== 0, to: 1 },
    // The index of one network adapter. When that adapter is gone, TermService listens nowhere. 0 means all adapters.
    // [VHD]
    { value: "rdp-tcp/LanAdapter", ...flag, accepts: (data) => data === 0 || listens, to: 0 },
  ];
}

const flag = { mayBeAbsent: true, ignoresOtherTypes: true };

export const enableRemoteDesktop: Remediation = {
  id: "enable-remote-desktop",
  title: "Allow Remote Desktop connections on every network adapter",
  restores: ["rdp-is-enabled", "rdp-listener-is-listening", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [
    { kind: "set-registry-value", values: settings(false).map(({ value }) => value) },
    { kind: "restart-rdp-services" },
  ],
  sources: ["VHD", "GE"],
  plan: planFrom(["registry", "services"], ({ registry, services }, { guest }) => {
    const keys = isUnreadable(guest.listener) ? undefined : guest.listener.registryKeys;
    if (keys && !(keys.terminalServer && keys.rdpTcp)) {
      return refuse("The registry keys of Remote Desktop are missing. Repair Windows in place, or restore the VM.");
    }
    const listens = !isUnreadable(guest.listener) && guest.listener.owner?.services.includes("TermService") === true;
    const changes = restoreSettings(settings(listens), registry);
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
