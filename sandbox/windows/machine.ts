import {
  declaredValues,
  type RegistryData,
  type RegistryValueId,
  registryPath,
} from "../../lib/core/registry-value.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import type { WindowsState } from "./state.ts";

/** One running simulated Windows: its state, which the functions of the Windows adapter change in place, and its clock. */
export interface Machine {
  state: WindowsState;
  now(): Date;
}

export function registryValue({ state }: Machine, id: RegistryValueId): RegistryData | null {
  return state.registry[registryPath(id)] ?? null;
}

/** A number in the registry, or Windows' default when the value is absent. */
export function registryNumber(machine: Machine, id: RegistryValueId, otherwise: number): number {
  const value = registryValue(machine, id);
  return value?.type === "dword" ? value.data : otherwise;
}

export function setRegistryValue({ state }: Machine, id: RegistryValueId, data: RegistryData): void {
  state.registry[registryPath(id)] = data;
}

/** The port on which TermService listens; `null` where the registry holds something that is no port. */
export function rdpPort(machine: Machine): number | null {
  const value = registryValue(machine, "rdp-tcp/PortNumber");
  if (!value) return 3389;
  return value.type === "dword" && value.data >= 1 && value.data <= 65535 ? value.data : null;
}

/** The file name of this machine's RDP key. */
export function rdpKeyName({ state }: Machine): string {
  return `${rdpKeyPrefix}${state.system.machineGuid}`;
}

export function rdpKeyPath(machine: Machine): string {
  return `${machineKeysFolder}\\${rdpKeyName(machine)}`;
}

/** The registry key with one subkey for each WinStation. */
export const winStationsKey = declaredValues["winstations/SelfSignedCertificate"].key;
