import type { Change } from "../core/change.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { disablesStations, unlimitedInstances } from "../core/log-on.ts";
import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom, type Section } from "./_plan-from.ts";
import { restoreSettings, type Setting } from "./_restore-settings.ts";

const switchOf = { mayBeAbsent: true, ignoresOtherTypes: true };

/** The switches that refuse new log-ons; each leaves the listener and its TLS alone. [GE] */
const settings: Setting[] = [
  { value: "terminal-server/TSEnabled", ...switchOf, accepts: (data) => data !== 0, to: 1 },
  { value: "terminal-server/TSServerDrainMode", ...switchOf, accepts: (data) => data === 0, to: 0 },
  { value: "rdp-tcp/fLogonDisabled", ...switchOf, accepts: (data) => data === 0, to: 0 },
];

/** The services are not restarted: a server that drains still has sessions. */
export const enableLogOn: Remediation = {
  id: "enable-log-on",
  title: "Accept new log-ons through the listener",
  restores: ["rdp-accepts-log-ons"],
  risk: "low",
  warning:
    "No session is ended. When new log-ons are still refused afterwards, restart-rdp-services can be asked for by name.",
  mayNeedRestart: false,
  touches: [
    {
      kind: "set-registry-value",
      values: [...settings.map(({ value }) => value), "rdp-tcp/MaxInstanceCount", "winlogon/WinStationsDisabled"],
    },
  ],
  sources: ["GE", "VHD"],
  plan: planFrom(["registry", "sessions"], ({ registry, sessions }) => {
    const changes = restoreSettings(settings, registry);
    if (isRefusal(changes)) return changes;
    return [...changes, ...allowStations(registry), ...liftLimit(registry, sessions)];
  }),
};

function allowStations(registry: RegistrySection): Change[] {
  const value = "winlogon/WinStationsDisabled";
  const was = registry[value];
  if (!disablesStations(was)) return [];
  return [{ kind: "set-registry-value", value, to: { type: "string", data: "0" }, was }];
}

/** A limit that is not reached is left alone. */
function liftLimit(registry: RegistrySection, { active, disconnected }: Section<"sessions">): Change[] {
  const value = "rdp-tcp/MaxInstanceCount";
  const was = registry[value];
  if (was?.type !== "dword" || registry["policy/MaxInstanceCount"] !== null) return [];
  if (was.data > active + disconnected) return [];
  return [{ kind: "set-registry-value", value, to: { type: "dword", data: unlimitedInstances }, was }];
}
