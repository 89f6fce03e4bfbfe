import type { WorldVm } from "../../world.ts";
import type { WorldNic } from "../../world-network.ts";
import { natRuleReferences, poolReferences } from "./load-balancers.ts";
import { asgId, idOf, type NetworkResource, networkResource, nicName, vmIdOf } from "./network-resource.ts";
import { publicAddressOf, versionOf } from "./public-addresses.ts";

/**
 * A network interface, and the public addresses of its IP configurations. Those of an instance of a uniform scale set are
 * its children, and have no location. Recorded: azure-cli, test_vmss_nics.
 */
export function nicAndAddresses(vm: WorldVm, vnetId: string, nic: WorldNic, index: number): NetworkResource[] {
  const name = nicName(vm, nic, index);
  const nicId = idOf(vm, "networkInterfaces", name);
  const isInstance = vm.kind === "scale-set-instance";
  const places = [nic, ...nic.alsoAt].map(({ privateAddress, publicAddress }, place) => {
    const id = `${nicId}/ipConfigurations/ipconfig${place + 1}`;
    const own = publicAddress ? publicAddressOf(vm, `${name}-ip${place || ""}`, publicAddress, id) : null;
    const address = own && isInstance ? ofInstance(own, `${id}/publicIPAddresses/${own.name}`) : own;
    return { place, id, privateAddress, address };
  });
  const configurations = places.map(({ place, id, privateAddress, address }) => ({
    name: `ipconfig${place + 1}`,
    id,
    ...(isInstance ? {} : { type: "Microsoft.Network/networkInterfaces/ipConfigurations" }),
    properties: {
      provisioningState: "Succeeded",
      privateIPAddress: privateAddress,
      privateIPAllocationMethod: "Dynamic",
      privateIPAddressVersion: versionOf(privateAddress),
      primary: place === 0,
      subnet: { id: `${vnetId}/subnets/${nic.subnet}` },
      ...(address && { publicIPAddress: { id: address.id } }),
      ...(place === 0 && nic.natRules.length > 0 && { loadBalancerInboundNatRules: natRuleReferences(vm, nic) }),
      ...(place === 0 && poolReferences(vm).length > 0 && { loadBalancerBackendAddressPools: poolReferences(vm) }),
      ...(nic.applicationSecurityGroups.length > 0 && {
        applicationSecurityGroups: nic.applicationSecurityGroups.map((group) => ({ id: asgId(vm, group) })),
      }),
    },
  }));
  const card = networkResource(vm, "networkInterfaces", name, {
    ipConfigurations: configurations,
    ...(nic.securityGroup && {
      networkSecurityGroup: { id: idOf(vm, "networkSecurityGroups", nic.securityGroup.name) },
    }),
    virtualMachine: { id: vmIdOf(vm) },
    primary: index === 0,
    enableIPForwarding: false,
    enableAcceleratedNetworking: true,
    dnsSettings: { dnsServers: [], appliedDnsServers: [] },
    nicType: "Standard",
  });
  return [isInstance ? ofInstance(card, nicId) : card, ...places.flatMap(({ address }) => address ?? [])];
}

function ofInstance({ name, etag, sku, properties }: NetworkResource, id: string): NetworkResource {
  return { name, id, type: typeOfChild(id), etag, ...(sku ? { sku } : {}), properties };
}

/** Types and names alternate after the namespace. */
function typeOfChild(id: string): string {
  const [namespace = "", ...rest] = id.split("/providers/").at(-1)?.split("/") ?? [];
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/");
}
