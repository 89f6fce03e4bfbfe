import { createHash } from "node:crypto";
import { simulateWindows, type WindowsSimulator } from "../windows/simulator.ts";
import { windowsOf } from "../windows-state.ts";
import type { World, WorldVm } from "../world.ts";
import { nicIdsOf } from "./network/network-resource.ts";
import type { ManagedRunCommand } from "./run-command-resource.ts";

/** One VM as it stands now. What the world says of it is where it began. */
export interface Machine {
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
  readonly location: string;
  /** ARM id in ARM's own spelling. */
  readonly id: string;
  /** ARM id in the one spelling that is compared. */
  readonly key: string;
  /** The GUID that stays the same for the life of the VM. */
  readonly vmId: string;
  readonly spec: WorldVm;
  readonly nicIds: readonly string[];
  /** What runs inside; `null` for Linux, which this sandbox has no model of. */
  readonly windows: WindowsSimulator | null;
  powerState: WorldVm["powerState"];
  provisioningState: WorldVm["provisioningState"];
  agent: WorldVm["agent"];
  /** An action Run Command is under way: there is room for one. */
  actionRunning: boolean;
  /** By lower-case name. */
  readonly runCommands: Map<string, ManagedRunCommand>;
}

export function makeMachines(world: World, now: () => Date): Machine[] {
  return world.vms.map((spec) => {
    const { name, resourceGroup, subscriptionId, location, powerState, provisioningState, agent } = spec;
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`;
    return {
      name,
      resourceGroup,
      subscriptionId,
      location,
      id,
      key: id.toLowerCase(),
      vmId: guidFrom(id.toLowerCase()),
      spec,
      nicIds: nicIdsOf(spec),
      windows: spec.osType === "Windows" ? simulateWindows(windowsOf(spec), { now }) : null,
      powerState,
      provisioningState,
      agent,
      actionRunning: false,
      runCommands: new Map(),
    };
  });
}

/** The same GUID for the same text, so that a world looks the same each time. */
function guidFrom(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
