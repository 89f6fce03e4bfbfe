import type { WorldVm } from "../../world.ts";
import type { WorldNic } from "../../world-network.ts";

/** One resource of Microsoft.Network as ARM returns it. */
export interface NetworkResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export function networkResource(
  vm: WorldVm,
  type: string,
  name: string,
  properties: object,
  more: object = {},
): NetworkResource {
  return {
    name,
    id: idOf(vm, type, name),
    type: `Microsoft.Network/${type}`,
    location: vm.location,
    etag: 'W/"1"',
    ...more,
    properties: { provisioningState: "Succeeded", ...properties },
  };
}

/** The owner of the network keeps these in a group of its own, where there is one. */
const ofTheNetwork = ["virtualNetworks", "networkSecurityGroups", "routeTables", "networkManagers", "bastionHosts"];

export function idOf(vm: WorldVm, type: string, name: string): string {
  if (type === "networkInterfaces" && vm.kind === "scale-set-instance")
    return `${vmIdOf(vm)}/networkInterfaces/${name}`;
  const group = ofTheNetwork.includes(type) ? (vm.network.resourceGroup ?? vm.resourceGroup) : vm.resourceGroup;
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${group}/providers/Microsoft.Network/${type}/${name}`;
}

/** The id of a VM, or of an instance of a uniform scale set. */
export function vmIdOf({ subscriptionId, resourceGroup, name }: WorldVm): string {
  const provider = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute`;
  const [first, number] = name.split("/");
  return number === undefined
    ? `${provider}/virtualMachines/${name}`
    : `${provider}/virtualMachineScaleSets/${first}/virtualMachines/${number}`;
}

/** ARM ids of the VM's network interfaces, the primary one first. */
export function nicIdsOf(vm: WorldVm): string[] {
  return vm.network.nics.map((nic, index) => idOf(vm, "networkInterfaces", nicName(vm, nic, index)));
}

/** The NICs of all instances of a scale set have the names of its model. */
export function nicName(vm: WorldVm, nic: WorldNic, index: number): string {
  return nic.name ?? `${vm.name.split("/")[0]}-nic${index === 0 ? "" : index + 1}`;
}

/** ARM id of an application security group. This Azure has no document of it. */
export function asgId(vm: WorldVm, name: string): string {
  return idOf(vm, "applicationSecurityGroups", name);
}
