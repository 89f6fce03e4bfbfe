import { type RegistryValueId, registryPath } from "../../lib/core/registry-value.ts";
import type { WindowsState } from "./state.ts";

/** Makes a state faulty. */
export type Edit = (state: WindowsState) => void;

export function setDword(state: WindowsState, id: RegistryValueId, data: number): void {
  state.registry[registryPath(id)] = { type: "dword", data };
}

/** Adds the events that a fault causes. */
export function addEvents(
  state: WindowsState,
  provider: WindowsState["events"][number]["provider"],
  id: number,
  status: string | null,
): void {
  state.events.push({ provider, id, status, count: 3, last: "now-2h" });
}
