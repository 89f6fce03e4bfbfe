import type { RegistrySection } from "../core/guest-evidence.ts";

/** Whether a policy turns Remote Desktop off: any value of it but the number 0 does. [CON] */
export function policyCloses(registry: RegistrySection): boolean {
  const denies = registry["policy/fDenyTSConnections"];
  return denies !== null && denies !== undefined && !(denies.type === "dword" && denies.data === 0);
}
