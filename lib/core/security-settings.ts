import type { RegistryData } from "./registry-value.ts";

/** The listener's settings that decide which security it negotiates with a client. */
export const securitySettings = ["SecurityLayer", "UserAuthentication", "MinEncryptionLevel"] as const;
export type SecuritySetting = (typeof securitySettings)[number];

/** The numbers that Windows accepts; an absent value has a default. [CON][WMI] */
const known: Record<SecuritySetting, readonly number[]> = {
  SecurityLayer: [0, 1, 2],
  UserAuthentication: [0, 1],
  MinEncryptionLevel: [1, 2, 3, 4],
};

/** Whether a value is present and invalid for Windows: another number, or not a number. */
export function isOutside(setting: SecuritySetting, data: RegistryData | null): boolean {
  return data !== null && !(data.type === "dword" && known[setting].includes(data.data));
}

/** Whether clients must use network level authentication. Group policy wins; absent: required, Windows' default. [CON] */
export function requiresNla(
  registry: Readonly<Record<"policy/UserAuthentication" | "rdp-tcp/UserAuthentication", RegistryData | null>>,
): boolean {
  const data = registry["policy/UserAuthentication"] ?? registry["rdp-tcp/UserAuthentication"];
  return !(data?.type === "dword" && data.data === 0);
}
