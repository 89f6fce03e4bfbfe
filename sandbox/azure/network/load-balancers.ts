import type { WorldVm } from "../../world.ts";
import type { WorldNic } from "../../world-network.ts";
import { idOf, type NetworkResource, networkResource, nicName } from "./network-resource.ts";
import { publicAddressOf } from "./public-addresses.ts";

/** The references from an IP configuration to its load balancer. */
export function natRuleReferences(vm: WorldVm, nic: WorldNic): { id: string }[] {
  const balancer = idOf(vm, "loadBalancers", vm.network.loadBalancer?.name ?? "");
  return nic.natRules.map(({ name }) => ({ id: `${balancer}/inboundNatRules/${name}` }));
}

/** A load balancer and its public address. */
export function balancerWithAddress(
  vm: WorldVm,
  { name, publicAddress }: NonNullable<WorldVm["network"]["loadBalancer"]>,
): NetworkResource[] {
  const id = idOf(vm, "loadBalancers", name);
  const frontId = `${id}/frontendIPConfigurations/front`;
  const address = publicAddressOf(vm, `${name}-ip`, publicAddress, frontId);
  const natRules = vm.network.nics.flatMap((nic, index) =>
    nic.natRules.map((rule) => ({
      name: rule.name,
      id: `${id}/inboundNatRules/${rule.name}`,
      type: "Microsoft.Network/loadBalancers/inboundNatRules",
      properties: {
        provisioningState: "Succeeded",
        frontendIPConfiguration: { id: frontId },
        frontendPort: rule.frontPort,
        backendPort: rule.backPort,
        protocol: "Tcp",
        enableFloatingIP: false,
        enableTcpReset: false,
        idleTimeoutInMinutes: 4,
        backendIPConfiguration: {
          id: `${idOf(vm, "networkInterfaces", nicName(vm, nic, index))}/ipConfigurations/ipconfig1`,
        },
      },
    })),
  );
  const properties = {
    frontendIPConfigurations: [
      {
        name: "front",
        id: frontId,
        properties: { privateIPAllocationMethod: "Dynamic", publicIPAddress: { id: address.id } },
      },
    ],
    backendAddressPools: [],
    loadBalancingRules: [],
    probes: [],
    inboundNatRules: natRules,
  };
  return [
    networkResource(vm, "loadBalancers", name, properties, { sku: { name: "Standard", tier: "Regional" } }),
    address,
  ];
}
