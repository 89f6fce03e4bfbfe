import type { RegistryValueId } from "../core/registry-value.ts";
import { isRefusal, type Remediation } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { restoreSettings } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * Requires more of clients than Windows needs to work: one value of RDP-Tcp is set to this number, unless group policy
 * owns it. It may lock clients out, so it is planned by name only. [CON]
 */
export function requireSetting(
  value: "rdp-tcp/SecurityLayer" | "rdp-tcp/UserAuthentication",
  policy: RegistryValueId,
  to: number,
): Pick<Remediation, "restores" | "risk" | "onlyByName" | "mayNeedRestart" | "touches" | "plan"> {
  const setting = {
    value,
    policy,
    accepts: (data: number) => data === to,
    mayBeAbsent: true,
    ignoresOtherTypes: false,
    to,
  };
  return {
    restores: ["security-layer-is-consistent"],
    risk: "may-lock-out",
    onlyByName: true,
    mayNeedRestart: false,
    touches: [{ kind: "set-registry-value", values: [value] }, { kind: "restart-rdp-services" }],
    plan: planFrom(["registry", "services"], ({ registry, services }) => {
      const changes = restoreSettings([setting], registry);
      return isRefusal(changes) || changes.length === 0 ? changes : withRestart(changes, services);
    }),
  };
}
