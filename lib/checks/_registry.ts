import type { RegistrySection } from "../core/guest-evidence.ts";
import { type RegistryValueId, registryPath } from "../core/registry-value.ts";

/** The number at a value; `null` when it is absent or, which Windows treats alike, no number. */
export function numberAt(registry: RegistrySection, id: RegistryValueId): number | null {
  const value = registry[id];
  return value?.type === "dword" ? value.data : null;
}

/** A setting that group policy may own. */
export interface Effective {
  /** `null`: neither policy nor the local value says anything, and the default of this Windows applies. */
  readonly value: number | null;
  readonly byPolicy: boolean;
  /** Where it comes from and what it is, for people: `HKLM\...\Name is 2`. */
  readonly source: string;
}

/** What applies: the policy's value where there is one, the local value otherwise. */
export function effective(
  registry: RegistrySection,
  name: "fDenyTSConnections" | "SecurityLayer" | "MinEncryptionLevel" | "UserAuthentication",
): Effective {
  const policy = `policy/${name}` as const;
  const local = name === "fDenyTSConnections" ? (`terminal-server/${name}` as const) : (`rdp-tcp/${name}` as const);
  const byPolicy = numberAt(registry, policy) !== null;
  const id = byPolicy ? policy : local;
  const value = numberAt(registry, id);
  return { value, byPolicy, source: `${registryPath(id)} is ${value ?? "absent"}` };
}
