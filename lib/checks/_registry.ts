import type { RegistrySection } from "../core/guest-evidence.ts";
import { type RegistryData, type RegistryValueId, registryPath, roleKeys } from "../core/registry-value.ts";
import { brief, type Section } from "./_section.ts";

/** The number in a value; `null` when the value is absent or no number. */
export function numberAt(registry: RegistrySection, id: RegistryValueId): number | null {
  const value = registry[id];
  return value?.type === "dword" ? value.data : null;
}

/** A value for people: its number, its text and type, or `absent`. */
export function spellValue(data: RegistryData | null): string {
  if (data === null) return "absent";
  return data.type === "dword"
    ? String(data.data)
    : `"${brief([data.data].flat().join(",").slice(0, 40))}" (${data.type})`;
}

/**
 * A sentence when a key is missing without which this Windows has no Remote Desktop; `null` when both are there, or
 * that is not known. Nothing is created in their place. [CON]
 */
export function missingRoleKey(listener: Section<"listener"> | null): string | null {
  const present = listener?.registryKeys;
  if (!present || (present.terminalServer && present.rdpTcp)) return null;
  const key = present.terminalServer ? roleKeys.rdpTcp : roleKeys.terminalServer;
  return `The registry key HKLM\\${key} is missing, so this Windows is damaged, and nothing is created there. Repair Windows in place, or restore the VM.`;
}

/** A setting that group policy may own. */
export interface Effective {
  /** The data, of any type; `null`: absent in policy and locally, and Windows' default applies. */
  readonly data: RegistryData | null;
  /** The number; `null` when the value is absent or no number. */
  readonly value: number | null;
  readonly byPolicy: boolean;
  /** The path and the data, for people: `HKLM\...\Name is 2`. */
  readonly source: string;
  /** What the policy's owner can do, in sentences; empty when no policy applies. */
  readonly advice: string;
}

/** The policies' names in the group policy editor. [ADMX] */
const policyNames = {
  fDenyTSConnections: "Allow users to connect remotely by using Remote Desktop Services",
  SecurityLayer: "Require use of specific security layer for remote (RDP) connections",
  MinEncryptionLevel: "Set client connection encryption level",
  UserAuthentication: "Require user authentication for remote connections by using Network Level Authentication",
} as const;

/** What to do about a setting of group policy. A repair does not change one. */
export function policyAdvice(advice: string): string {
  return `The policy's owner must ${advice} (see gpresult /h).`;
}

/** The effective value: the policy's value when there is one, otherwise the local value. */
export function effectiveSetting(registry: RegistrySection, name: keyof typeof policyNames): Effective {
  const policy = `policy/${name}` as const;
  const local = name === "fDenyTSConnections" ? (`terminal-server/${name}` as const) : (`rdp-tcp/${name}` as const);
  const byPolicy = registry[policy] !== null;
  const id = byPolicy ? policy : local;
  const data = registry[id];
  const advice = byPolicy ? policyAdvice(`change "${policyNames[name]}"`) : "";
  return {
    data,
    value: numberAt(registry, id),
    byPolicy,
    source: `${registryPath(id)} is ${spellValue(data)}`,
    advice,
  };
}
