import type { RegistryData } from "./registry-value.ts";

/** The settings of the listener that decide how a client and it agree on security. */
export const securitySettings = ["SecurityLayer", "UserAuthentication", "MinEncryptionLevel"] as const;
export type SecuritySetting = (typeof securitySettings)[number];

/** The numbers that Windows knows; an absent value has a default. [CON][WMI] */
const known: Record<SecuritySetting, readonly number[]> = {
  SecurityLayer: [0, 1, 2],
  UserAuthentication: [0, 1],
  MinEncryptionLevel: [1, 2, 3, 4],
};

/** Whether a value is there and is nothing that Windows knows: another number, or not a number at all. */
export function isOutside(setting: SecuritySetting, data: RegistryData | null): boolean {
  return data !== null && !(data.type === "dword" && known[setting].includes(data.data));
}
