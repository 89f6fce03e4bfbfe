import { isRefusal, type Remediation } from "../core/remediation.ts";
import { isOutside } from "../core/security-settings.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings, type Setting } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * An invalid value is replaced by the value that Azure's own repair writes; a valid value is a choice, and stays. [CON]
 */
const settings = (
  [
    ["SecurityLayer", 2],
    ["UserAuthentication", 1],
    ["MinEncryptionLevel", 3],
  ] as const
).map(
  ([name, to]): Setting => ({
    value: `rdp-tcp/${name}`,
    policy: `policy/${name}`,
    accepts: (data) => !isOutside(name, { type: "dword", data }),
    mayBeAbsent: true,
    ignoresOtherTypes: false,
    to,
  }),
);

export const restoreSecurityLayer: Remediation = {
  id: "restore-security-layer",
  title: "Replace values of security layer, NLA and encryption level that Windows does not know",
  restores: ["security-layer-is-consistent", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [
    {
      kind: "set-registry-value",
      values: ["rdp-tcp/SecurityLayer", "rdp-tcp/UserAuthentication", "rdp-tcp/MinEncryptionLevel"],
    },
    { kind: "restart-rdp-services" },
  ],
  sources: ["CON", "WMI"],
  plan: planFrom(["registry", "services"], ({ registry, services }) => {
    const changes = restoreSettings(settings, registry);
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
