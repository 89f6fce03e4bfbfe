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
  /** Whether Windows does the right thing when the value is absent, or is no number, which Windows treats alike. */
  readonly mayBeAbsent: boolean;
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

function restoreSetting({ value, policy, accepts, mayBeAbsent, to }: Setting, registry: RegistrySection) {
  const held = policy ? numberOf(registry[policy]) : null;
  if (policy && held !== null) {
    if (accepts(held)) return [];
    return refuse(
      `Group policy holds ${registryPath(policy)} at ${held}; a change made here would not last. Ask the owner of the policy to correct it.`,
    );
  }
  const was = registry[value];
  const found = numberOf(was);
  if (found === null ? mayBeAbsent : accepts(found)) return [];
  return [{ kind: "set-registry-value", value, to: { type: "dword", data: to }, was }] satisfies Change[];
}

export function numberOf(data: RegistryData | null): number | null {
  return data?.type === "dword" ? data.data : null;
}
