import { RegistryData } from "../../lib/core/registry-value.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";

export function registryFunctions(
  machine: Machine,
): Pick<WindowsAdapter, "Get-RegistryData" | "Set-RegistryData" | "Remove-RegistryData"> {
  const pathOf = ({ Key, Name }: { Key: string; Name: string }) => `HKLM\\${Key}\\${Name}`;
  return {
    "Get-RegistryData": (value) => machine.state.registry[pathOf(value)] ?? null,
    "Set-RegistryData": (value) => {
      machine.state.registry[pathOf(value)] = RegistryData.parse({ type: value.Type, data: value.Data });
      return null;
    },
    "Remove-RegistryData": (value) => {
      const path = pathOf(value);
      if (!(path in machine.state.registry)) throw new Error(`There is no registry value ${path}.`);
      delete machine.state.registry[path];
      return null;
    },
  };
}
