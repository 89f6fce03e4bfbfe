import type { RegistrySection } from "../core/guest-evidence.ts";
import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { numberOf, restoreSettings, type Setting } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/** Towards secure only: TLS instead of RDP's own security, NLA on, and no encryption level that does not go with TLS. [WMI] */
function settings(registry: RegistrySection): Setting[] {
  const layer = numberOf(registry["policy/SecurityLayer"]) ?? numberOf(registry["rdp-tcp/SecurityLayer"]);
  // Negotiation (1) stays as it is, and goes with every level; 0 is about to become 2.
  const comesToTls = layer === 0 || layer === 2;
  return [
    {
      value: "rdp-tcp/SecurityLayer",
      policy: "policy/SecurityLayer",
      accepts: (data) => data !== 0,
      mayBeAbsent: true,
      to: 2,
    },
    {
      value: "rdp-tcp/UserAuthentication",
      policy: "policy/UserAuthentication",
      accepts: (data) => data !== 0,
      mayBeAbsent: true,
      to: 1,
    },
    {
      value: "rdp-tcp/MinEncryptionLevel",
      policy: "policy/MinEncryptionLevel",
      accepts: (data) => data !== 1 || !comesToTls,
      mayBeAbsent: true,
      to: 2,
    },
  ];
}

export const restoreSecurityLayer: Remediation = {
  id: "restore-security-layer",
  title: "Set security layer, NLA and encryption level to values that go together",
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
  sources: ["WMI", "ADMX"],
  plan: planFrom(["registry", "services"], ({ registry, services }) => {
    const changes = restoreSettings(settings(registry), registry);
    if (isRefusal(changes) || changes.length === 0) return changes;
    return withRestart(changes, services);
  }),
};
