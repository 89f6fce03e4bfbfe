import type { WorldVm } from "../../world.ts";
import type { WorldSubnet } from "../../world-network.ts";
import { idOf, type NetworkResource, networkResource } from "./network-resource.ts";

/** A virtual network, and its subnets as separate resources. */
export function networkAndSubnets(vm: WorldVm): NetworkResource[] {
  const { name, addressPrefixes, subnets, peerings } = vm.network;
  const vnetId = idOf(vm, "virtualNetworks", name);
  const shown = [...subnets.map((subnet) => subnetOf(vm, vnetId, subnet)), ...specialSubnets(vm, vnetId)];
  const vnet = networkResource(vm, "virtualNetworks", name, {
    addressSpace: { addressPrefixes },
    subnets: shown,
    virtualNetworkPeerings: peerings.map((peering) => peeringOf(vnetId, peering)),
    enableDdosProtection: false,
  });
  return [vnet, ...shown];
}

function peeringOf(vnetId: string, { name, prefixes }: WorldVm["network"]["peerings"][number]): object {
  return {
    name,
    id: `${vnetId}/virtualNetworkPeerings/${name}`,
    type: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
    properties: {
      provisioningState: "Succeeded",
      peeringState: "Connected",
      peeringSyncLevel: "FullyInSync",
      allowVirtualNetworkAccess: true,
      allowForwardedTraffic: false,
      allowGatewayTransit: false,
      useRemoteGateways: false,
      remoteAddressSpace: { addressPrefixes: prefixes },
      remoteVirtualNetworkAddressSpace: { addressPrefixes: prefixes },
    },
  };
}

/**
 * A Bastion host: BastionHost of Microsoft.Network in azure-rest-api-specs (BastionHostGet.json), not recorded. Its public
 * address has no document here.
 */
export function bastionHostOf(vm: WorldVm, bastion: NonNullable<WorldVm["network"]["bastion"]>): NetworkResource {
  const { name, sku, provisioningState, privateOnly } = bastion;
  const id = idOf(vm, "bastionHosts", name);
  const subnet = `${idOf(vm, "virtualNetworks", vm.network.name)}/subnets/AzureBastionSubnet`;
  return networkResource(
    vm,
    "bastionHosts",
    name,
    {
      provisioningState,
      scaleUnits: 2,
      ipConfigurations: [
        {
          name: "IpConf",
          id: `${id}/bastionHostIpConfigurations/IpConf`,
          properties: {
            provisioningState,
            privateIPAllocationMethod: "Dynamic",
            subnet: { id: subnet },
            ...(!privateOnly && { publicIPAddress: { id: idOf(vm, "publicIPAddresses", `${name}-ip`) } }),
          },
        },
      ],
    },
    { sku: { name: sku } },
  );
}

/** The subnets with fixed names for a gateway and for a Bastion host. */
function specialSubnets(vm: WorldVm, vnetId: string): NetworkResource[] {
  const { bastion, gatewayTo } = vm.network;
  const subnets: NetworkResource[] = [];
  if (bastion) {
    const { securityGroup } = bastion;
    subnets.push(
      plainSubnet(vnetId, "AzureBastionSubnet", [bastion.prefix], {
        ipConfigurations: [{ id: `${idOf(vm, "bastionHosts", bastion.name)}/bastionHostIpConfigurations/IpConf` }],
        ...(securityGroup && {
          networkSecurityGroup: { id: idOf(vm, "networkSecurityGroups", securityGroup.name) },
        }),
      }),
    );
  }
  if (gatewayTo) subnets.push(plainSubnet(vnetId, "GatewaySubnet", ["10.0.254.0/27"]));
  return subnets;
}

function subnetOf(vm: WorldVm, vnetId: string, { name, prefix, alsoPrefixes, securityGroup, routeTable }: WorldSubnet) {
  const group = securityGroup && { id: idOf(vm, "networkSecurityGroups", securityGroup.name) };
  return plainSubnet(vnetId, name, [prefix, ...alsoPrefixes], {
    ...(group && { networkSecurityGroup: group }),
    ...(routeTable && { routeTable: { id: idOf(vm, "routeTables", routeTable.name) } }),
  });
}

function plainSubnet(vnetId: string, name: string, prefixes: readonly string[], more: object = {}): NetworkResource {
  return {
    name,
    id: `${vnetId}/subnets/${name}`,
    type: "Microsoft.Network/virtualNetworks/subnets",
    etag: 'W/"1"',
    properties: {
      provisioningState: "Succeeded",
      ...(prefixes.length === 1 ? { addressPrefix: prefixes[0] } : { addressPrefixes: prefixes }),
      ...more,
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
    },
  };
}
