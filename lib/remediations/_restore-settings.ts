import type { Change } from "../core/change.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { type RegistryData, type RegistryValueId, registryPath } from "../core/registry-value.ts";
import { isRefusal, type Refusal, refuse } from "../core/remediation.ts";

/** A number in the registry that must be within limits for Remote Desktop to work. */
export interface Setting {
  readonly value: RegistryValueId;
  /** The policy value that takes precedence; the value above has no effect then. */
  readonly policy?: RegistryValueId;
  readonly accepts: (data: number) => boolean;
  /** Whether Windows' default for the absent value is right. */
  readonly mayBeAbsent: boolean;
  /** Whether Windows treats data of another type as absent; otherwise such data are outside the limits. [CON] */
  readonly ignoresOtherTypes: boolean;
  readonly to: number;
}

/** Changes for the settings that are outside their limits; refuses when group policy sets one of them. */
export function restoreSettings(settings: readonly Setting[], registry: RegistrySection): Change[] | Refusal {
  const changes: Change[] = [];
  for (const setting of settings) {
    const planned = restoreSetting(setting, registry);
    if (isRefusal(planned)) return planned;
    changes.push(...planned);
  }
  return changes;
}

function restoreSetting(setting: Setting, registry: RegistrySection) {
  const { value, policy, to } = setting;
  const held = policy ? registry[policy] : null;
  if (policy && held !== null) {
    if (isWithin(setting, held)) return [];
    return refuse(
      `Group policy sets ${registryPath(policy)} to ${[held.data].flat().join(",")}; a change made here would not last. Ask the owner of the policy to correct it.`,
    );
  }
  const was = registry[value];
  if (isWithin(setting, was)) return [];
  return [{ kind: "set-registry-value", value, to: { type: "dword", data: to }, was }] satisfies Change[];
}

function isWithin({ accepts, mayBeAbsent, ignoresOtherTypes }: Setting, data: RegistryData | null): boolean {
  if (data === null) return mayBeAbsent;
  const found = numberOf(data);
  return found === null ? ignoresOtherTypes && mayBeAbsent : accepts(found);
}

export function numberOf(data: RegistryData | null): number | null {
  return data?.type === "dword" ? data.data : null;
}
