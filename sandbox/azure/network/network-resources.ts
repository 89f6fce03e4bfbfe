import type { World, WorldVm } from "../../world.ts";
import { balancerWithAddress } from "./load-balancers.ts";
import { nicAndAddresses } from "./network-interfaces.ts";
import { idOf, type NetworkResource } from "./network-resource.ts";
import { routeTablesOf } from "./routes.ts";
import { securityGroupOf } from "./security-groups.ts";
import { bastionHostOf, networkAndSubnets } from "./virtual-networks.ts";

/** All resources of Microsoft.Network in this world, as ARM returns them, by lower-case resource id. */
export type NetworkResources = ReadonlyMap<string, NetworkResource>;

export function makeNetworkResources(world: World): NetworkResources {
  const all = world.vms.flatMap(resourcesOf);
  return new Map(all.map((one) => [one.id.toLowerCase(), one]));
}

/** Resources of this VM whose description differs from an earlier description, of this VM or of another one. */
export function networkContradictions(world: World, vm: WorldVm): string[] {
  const before = world.vms.slice(0, world.vms.indexOf(vm) + 1).flatMap(resourcesOf);
  return resourcesOf(vm)
    .filter((one) => {
      const first = before.find(({ id }) => id.toLowerCase() === one.id.toLowerCase());
      return JSON.stringify(first) !== JSON.stringify(one);
    })
    .map(({ id }) => id);
}

function resourcesOf(vm: WorldVm): NetworkResource[] {
  if (vm.kind === "arc-machine") return [];
  const { name, subnets, nics, loadBalancer, bastion } = vm.network;
  const vnetId = idOf(vm, "virtualNetworks", name);
  const guarded = [...nics, ...subnets, ...(bastion ? [bastion] : [])];
  const groups = guarded.map(({ securityGroup }) => securityGroup).filter((group) => group !== null);
  return [
    ...networkAndSubnets(vm),
    ...routeTablesOf(vm),
    ...groups.map((group) => securityGroupOf(vm, group)),
    ...(bastion ? [bastionHostOf(vm, bastion)] : []),
    ...(loadBalancer ? balancerWithAddress(vm, loadBalancer) : []),
    ...nics.flatMap((nic, index) => nicAndAddresses(vm, vnetId, nic, index)),
  ];
}
