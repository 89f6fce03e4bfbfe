import type { Change } from "../core/change.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { type RegistryData, type RegistryValueId, registryPath } from "../core/registry-value.ts";
import { isRefusal, type Refusal, refuse } from "../core/remediation.ts";

/** One number in the registry that Remote Desktop needs within limits. */
export interface Setting {
  readonly value: RegistryValueId;
  /** Where group policy decides instead; the value above counts for nothing then. */
  readonly policy?: RegistryValueId;
  readonly accepts: (data: number) => boolean;
  /** Whether Windows does the right thing when the value is absent. */
  readonly mayBeAbsent: boolean;
  /** Whether Windows takes what is no number for absent; where it does not, it is outside the limits. [CON] */
  readonly ignoresOtherTypes: boolean;
  readonly to: number;
}

/** Changes for those settings that are outside their limits; refuses when group policy holds one of them there. */
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
      `Group policy holds ${registryPath(policy)} at ${[held.data].flat().join(",")}; a change made here would not last. Ask the owner of the policy to correct it.`,
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
