import { RegistryData } from "../../lib/core/registry-value.ts";
import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";
import type { WindowsState } from "./state.ts";

/** `null`: there is no such key; `used`: it has values or keys in it. A path begins with `HKLM\`. */
export function keyState({ registry, registryKeys }: WindowsState, path: string): "empty" | "used" | null {
  const isBelow = (other: string) => other.startsWith(`${path}\\`);
  if (Object.keys(registry).some(isBelow) || registryKeys.some(isBelow)) return "used";
  return registryKeys.includes(path) ? "empty" : null;
}

/** Lists only the keys that no value and no other key implies, so that equal registries are equal as data. */
export function listEmptyKeys(state: WindowsState, ...alsoThere: string[]): void {
  state.registryKeys = [...new Set([...state.registryKeys, ...alsoThere])].sort();
  state.registryKeys = state.registryKeys.filter((path) => keyState(state, path) === "empty");
}

type RegistryFunctions = Pick<
  WindowsAdapter,
  | "Get-RegistryData"
  | "Get-RegistryKeyState"
  | "Set-RegistryData"
  | "Remove-RegistryData"
  | "New-RegistryKey"
  | "Remove-RegistryKey"
>;

export function registryFunctions(machine: Machine): RegistryFunctions {
  const keyOf = ({ Key }: { Key: string }) => `HKLM\\${Key}`;
  const pathOf = ({ Key, Name }: { Key: string; Name: string }) => `${keyOf({ Key })}\\${Name}`;
  return {
    "Get-RegistryData": (value) => machine.state.registry[pathOf(value)] ?? null,
    "Get-RegistryKeyState": (key) => keyState(machine.state, keyOf(key)),
    "Set-RegistryData": (value) => {
      if (keyState(machine.state, keyOf(value)) === null) throw new Error(`There is no registry key ${keyOf(value)}.`);
      machine.state.registry[pathOf(value)] = RegistryData.parse({ type: value.Type, data: value.Data });
      listEmptyKeys(machine.state);
      return null;
    },
    "Remove-RegistryData": (value) => {
      const path = pathOf(value);
      if (!(path in machine.state.registry)) throw new Error(`There is no registry value ${path}.`);
      delete machine.state.registry[path];
      listEmptyKeys(machine.state, keyOf(value));
      return null;
    },
    "New-RegistryKey": (key) => {
      listEmptyKeys(machine.state, keyOf(key));
      return null;
    },
    "Remove-RegistryKey": (key) => {
      const path = keyOf(key);
      if (keyState(machine.state, path) !== "empty") throw new Error(`The registry key ${path} is not empty.`);
      machine.state.registryKeys = machine.state.registryKeys.filter((one) => one !== path);
      listEmptyKeys(machine.state, path.slice(0, path.lastIndexOf("\\")));
      return null;
    },
  };
}
