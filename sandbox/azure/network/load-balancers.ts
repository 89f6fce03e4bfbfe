import type { WorldVm } from "../../world.ts";
import type { WorldNic } from "../../world-network.ts";
import { idOf, type NetworkResource, networkResource, nicName } from "./network-resource.ts";
import { publicAddressOf } from "./public-addresses.ts";

/** The references from an IP configuration to its load balancer. */
export function natRuleReferences(vm: WorldVm, nic: WorldNic): { id: string }[] {
  const balancer = idOf(vm, "loadBalancers", vm.network.loadBalancer?.name ?? "");
  return nic.natRules.map((rule) => ({ id: `${balancer}/inboundNatRules/${natRuleName(vm, rule)}` }));
}

/**
 * The rules of an instance of a uniform scale set come from a NAT pool, and have its name and the number of the instance.
 * Recorded: azure-cli, test_vmss_nics.
 */
function natRuleName(vm: WorldVm, { name }: { readonly name: string }): string {
  const [, number] = vm.name.split("/");
  return number === undefined ? name : `${name}.${number}`;
}

/** The pool of the load balancer, with all NICs of the VM; none when it has no rules for a pool. */
export function poolReferences(vm: WorldVm): { id: string }[] {
  const { loadBalancer } = vm.network;
  if (!loadBalancer || loadBalancer.rules.length === 0) return [];
  return [{ id: `${idOf(vm, "loadBalancers", loadBalancer.name)}/backendAddressPools/pool` }];
}

/** A load balancer and its public address. */
export function balancerWithAddress(
  vm: WorldVm,
  { name, publicAddress, rules }: NonNullable<WorldVm["network"]["loadBalancer"]>,
): NetworkResource[] {
  const id = idOf(vm, "loadBalancers", name);
  const frontId = `${id}/frontendIPConfigurations/front`;
  const address = publicAddressOf(vm, `${name}-ip`, publicAddress, frontId);
  const natRules = vm.network.nics.flatMap((nic, index) =>
    nic.natRules.map((rule) => ({
      name: natRuleName(vm, rule),
      id: `${id}/inboundNatRules/${natRuleName(vm, rule)}`,
      type: "Microsoft.Network/loadBalancers/inboundNatRules",
      properties: {
        provisioningState: "Succeeded",
        frontendIPConfiguration: { id: frontId },
        frontendPort: rule.frontPort,
        backendPort: rule.backPort,
        protocol: "Tcp",
        enableFloatingIP: rule.floatingIp,
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
    backendAddressPools:
      rules.length > 0 ? [{ name: "pool", id: `${id}/backendAddressPools/pool`, properties: {} }] : [],
    loadBalancingRules: rules.map((rule) => ({
      name: rule.name,
      id: `${id}/loadBalancingRules/${rule.name}`,
      type: "Microsoft.Network/loadBalancers/loadBalancingRules",
      properties: {
        provisioningState: "Succeeded",
        frontendIPConfiguration: { id: frontId },
        backendAddressPool: { id: `${id}/backendAddressPools/pool` },
        frontendPort: rule.frontPort,
        backendPort: rule.backPort,
        protocol: "Tcp",
        enableFloatingIP: rule.floatingIp,
        ...(rule.probe && { probe: { id: `${id}/probes/${rule.probe.name}` } }),
      },
    })),
    probes: rules.flatMap(({ probe }) =>
      probe
        ? {
            name: probe.name,
            id: `${id}/probes/${probe.name}`,
            properties: { provisioningState: "Succeeded", protocol: "Tcp", port: probe.port, intervalInSeconds: 5 },
          }
        : [],
    ),
    inboundNatRules: natRules,
  };
  return [
    networkResource(vm, "loadBalancers", name, properties, { sku: { name: "Standard", tier: "Regional" } }),
    address,
  ];
}
