import type { RegistryData } from "./registry-value.ts";

/*
 * What decides on a log-on after TLS.
 */

/** RDP-Tcp\MaxInstanceCount without a limit. [VHD] */
export const unlimited = 0xffffffff;

/** Whether Winlogon\WinStationsDisabled, a number as text, refuses remote log-ons. */
export function disablesStations(data: RegistryData | null): data is RegistryData & { type: "string" } {
  return data?.type === "string" && /^0*[1-9]/.test(data.data.trim());
}
