import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings, type Setting } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/*
 * Absent means the default of this Windows, which is on: only a value that is present and wrong is changed. Older
 * protocols are never turned on: that repairs nothing. [TLS]
 */
const settings: readonly Setting[] = [
  { value: "tls12-server/Enabled", accepts: (data) => data !== 0, mayBeAbsent: true, ignoresOtherTypes: true, to: 1 },
  {
    value: "tls12-server/DisabledByDefault",
    accepts: (data) => data === 0,
    mayBeAbsent: true,
    ignoresOtherTypes: true,
    to: 0,
  },
];

export const enableTls12: Remediation = {
  id: "enable-tls12",
  title: "Turn TLS 1.2 on for the server role",
  restores: ["tls12-is-enabled-for-server", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [
    { kind: "set-registry-value", values: settings.map(({ value }) => value) },
    { kind: "restart-rdp-services" },
  ],
  sources: ["TLS", "MT"],
  plan: planFrom(["registry", "services"], ({ registry, services }) => {
    const changes = restoreSettings(settings, registry);
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
