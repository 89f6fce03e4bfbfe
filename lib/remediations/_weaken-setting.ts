import { isAllowed, type WeakenRegistryValue } from "../core/change.ts";
import { type RegistryValueId, registryPath } from "../core/registry-value.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { planFrom } from "./_plan-from.ts";
import { numberOf } from "./_restore-settings.ts";
import { withRestart } from "./_with-restart.ts";

interface TemporarySetting {
  readonly value: WeakenRegistryValue["value"];
  /** The policy value that takes precedence. */
  readonly policy: RegistryValueId;
  /** The number to weaken it to. A value that is not higher is already as weak. */
  readonly to: number;
}

/**
 * Weakens one setting for the requested time, inside a restart of the services, which makes it take effect. It is
 * planned only by name: no check names it as a repair, and it restores no check.
 */
export function weakenSetting({ value, policy, to }: TemporarySetting): Remediation["plan"] {
  return planFrom(["registry", "services"], ({ registry, services }, { weakenMinutes }) => {
    if (registry[policy] !== null) {
      return refuse(
        `Group policy decides on this setting at ${registryPath(policy)}. Ask the owner of the policy to change it.`,
      );
    }
    const was = registry[value];
    const found = numberOf(was);
    if (found !== null && found <= to) return [];
    if (weakenMinutes === undefined) {
      return refuse("A weakening needs a deadline. Give the number of minutes.");
    }
    const kind = "weaken-registry-value";
    const change: WeakenRegistryValue = { kind, value, to: { type: "dword", data: to }, was, minutes: weakenMinutes };
    if (!isAllowed(change)) {
      return refuse(
        `${registryPath(value)} has data that could not be restored afterwards. Set it to a value that Windows knows first.`,
      );
    }
    return withRestart([change], services);
  });
}
