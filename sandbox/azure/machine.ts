import { createHash } from "node:crypto";
import { simulateWindows, type WindowsSimulator } from "../windows/simulator.ts";
import { windowsOf } from "../windows-state.ts";
import type { World, WorldVm } from "../world.ts";
import { nicIdsOf, vmIdOf } from "./network/network-resource.ts";
import { heldRunCommands, type ManagedRunCommand } from "./run-command-resource.ts";

/** The present state of one VM. `spec` is its initial state in the world. */
export interface Machine {
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
  readonly location: string;
  /** The type of the resource, e.g. `Microsoft.Compute/virtualMachines`. */
  readonly type: string;
  /** ARM id in ARM's spelling. */
  readonly id: string;
  /** ARM id in lower case, for comparisons. */
  readonly key: string;
  /** The GUID of the VM, which never changes, and which no other VM gets. */
  readonly vmId: string;
  /** How many machines had this resource id before. */
  readonly generation: number;
  readonly spec: WorldVm;
  readonly nicIds: readonly string[];
  /** The guest; `null` for Linux, which this sandbox does not simulate. */
  readonly windows: WindowsSimulator | null;
  powerState: WorldVm["powerState"];
  provisioningState: WorldVm["provisioningState"];
  agent: WorldVm["agent"];
  /** A restart is in progress: nothing else is accepted meanwhile. */
  restarting: boolean;
  /** An action Run Command is in progress; only one can run at a time. */
  actionRunning: boolean;
  /** The agent has installed what runs managed Run Commands, as it does for the first one. */
  hasRunCommandHandler: boolean;
  startedRunCommands: number;
  /** By lower-case name. */
  readonly runCommands: Map<string, ManagedRunCommand>;
}

/** The sandbox's own words, so that a wrong path of the product shows. */
const typeOf: Readonly<Record<WorldVm["kind"], string>> = {
  "virtual-machine": "Microsoft.Compute/virtualMachines",
  "arc-machine": "Microsoft.HybridCompute/machines",
  "scale-set-instance": "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
};

export function makeMachines(world: World, now: () => Date): Machine[] {
  return world.vms.map((spec) => makeMachine(spec, now));
}

export function makeMachine(spec: WorldVm, now: () => Date, generation = 0): Machine {
  const { name, resourceGroup, subscriptionId, location, powerState, provisioningState, agent } = spec;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const id = spec.kind === "arc-machine" ? `${group}/providers/${typeOf[spec.kind]}/${name}` : vmIdOf(spec);
  return {
    name,
    resourceGroup,
    subscriptionId,
    location,
    id,
    key: id.toLowerCase(),
    vmId: guidFrom(`${id.toLowerCase()}${generation || ""}`),
    generation,
    spec,
    type: typeOf[spec.kind],
    nicIds: spec.kind === "arc-machine" ? [] : nicIdsOf(spec),
    windows: spec.osType === "Windows" ? simulateWindows(windowsOf(spec), { now }) : null,
    powerState,
    provisioningState,
    agent,
    restarting: false,
    actionRunning: false,
    hasRunCommandHandler: false,
    startedRunCommands: 0,
    runCommands: heldRunCommands(spec, now()),
  };
}

/** The same GUID for the same text, so that a world has the same ids each time. */
function guidFrom(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
