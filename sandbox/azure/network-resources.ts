import type { World, WorldVm } from "../world.ts";
import type { WorldNic, WorldRule, WorldSecurityGroup, WorldSubnet } from "../world-network.ts";
import { defaultRules, ruleProperties } from "./security-groups.ts";

/** Everything of Microsoft.Network in this world, as ARM shows it, by lower-case resource id. */
export type NetworkResources = ReadonlyMap<string, NetworkResource>;

export interface NetworkResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export function makeNetworkResources(world: World): NetworkResources {
  const all = world.vms.flatMap(resourcesOf);
  return new Map(all.map((one) => [one.id.toLowerCase(), one]));
}

/** Resources that this VM describes in another way than an earlier one did, or than it does itself elsewhere. */
export function contradictions(world: World, vm: WorldVm): string[] {
  const before = world.vms.slice(0, world.vms.indexOf(vm) + 1).flatMap(resourcesOf);
  return resourcesOf(vm)
    .filter((one) => {
      const first = before.find(({ id }) => id.toLowerCase() === one.id.toLowerCase());
      return JSON.stringify(first) !== JSON.stringify(one);
    })
    .map(({ id }) => id);
}

/** ARM ids of the VM's network interfaces, the primary one first. */
export function nicIdsOf(vm: WorldVm): string[] {
  return vm.network.nics.map((nic, index) => idOf(vm, "networkInterfaces", nicName(vm, nic, index)));
}

function resourcesOf(vm: WorldVm): NetworkResource[] {
  const { name, addressPrefixes, subnets, nics, peerings, loadBalancer } = vm.network;
  const vnetId = idOf(vm, "virtualNetworks", name);
  const subnetResources = [...subnets.map((subnet) => subnetOf(vm, vnetId, subnet)), ...specialSubnets(vm, vnetId)];
  const groups = [...nics, ...subnets].map(({ securityGroup }) => securityGroup).filter((group) => group !== null);
  return [
    resource(vm, "virtualNetworks", name, {
      addressSpace: { addressPrefixes },
      subnets: subnetResources,
      virtualNetworkPeerings: peerings.map((peering) => peeringOf(vnetId, peering)),
      enableDdosProtection: false,
    }),
    ...subnetResources,
    ...groups.map((group) => securityGroupOf(vm, group)),
    ...(loadBalancer ? balancerWithAddress(vm, loadBalancer) : []),
    ...nics.flatMap((nic, index) => nicAndAddresses(vm, vnetId, nic, index)),
  ];
}

function nicAndAddresses(vm: WorldVm, vnetId: string, nic: WorldNic, index: number): NetworkResource[] {
  const name = nicName(vm, nic, index);
  const nicId = idOf(vm, "networkInterfaces", name);
  const places = [nic, ...nic.alsoAt].map(({ privateAddress, publicAddress }, place) => {
    const id = `${nicId}/ipConfigurations/ipconfig${place + 1}`;
    const address = publicAddress ? publicAddressOf(vm, `${name}-ip${place || ""}`, publicAddress, id) : null;
    return { place, id, privateAddress, address };
  });
  const configurations = places.map(({ place, id, privateAddress, address }) => ({
    name: `ipconfig${place + 1}`,
    id,
    type: "Microsoft.Network/networkInterfaces/ipConfigurations",
    properties: {
      provisioningState: "Succeeded",
      privateIPAddress: privateAddress,
      privateIPAllocationMethod: "Dynamic",
      privateIPAddressVersion: versionOf(privateAddress),
      primary: place === 0,
      subnet: { id: `${vnetId}/subnets/${nic.subnet}` },
      ...(address && { publicIPAddress: { id: address.id } }),
      ...(place === 0 && nic.natRules.length > 0 && { loadBalancerInboundNatRules: natRuleReferences(vm, nic) }),
      ...(nic.applicationSecurityGroups.length > 0 && {
        applicationSecurityGroups: nic.applicationSecurityGroups.map((group) => ({ id: asgId(vm, group) })),
      }),
    },
  }));
  const card = resource(vm, "networkInterfaces", name, {
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
  return [card, ...places.flatMap(({ address }) => address ?? [])];
}

function publicAddressOf(vm: WorldVm, name: string, ipAddress: string, configurationId: string): NetworkResource {
  const properties = {
    ipAddress,
    publicIPAddressVersion: versionOf(ipAddress),
    publicIPAllocationMethod: "Static",
    idleTimeoutInMinutes: 4,
    ipConfiguration: { id: configurationId },
  };
  return resource(vm, "publicIPAddresses", name, properties, { sku: { name: "Standard", tier: "Regional" } });
}

function versionOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function natRuleReferences(vm: WorldVm, nic: WorldNic): { id: string }[] {
  const balancer = idOf(vm, "loadBalancers", vm.network.loadBalancer?.name ?? "");
  return nic.natRules.map(({ name }) => ({ id: `${balancer}/inboundNatRules/${name}` }));
}

function balancerWithAddress(
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
  return [resource(vm, "loadBalancers", name, properties, { sku: { name: "Standard", tier: "Regional" } }), address];
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

/** The subnets of fixed names that a gateway and a Bastion host live in. */
function specialSubnets(vm: WorldVm, vnetId: string): NetworkResource[] {
  const { bastion, gatewayTo } = vm.network;
  const subnets: NetworkResource[] = [];
  if (bastion) {
    const configuration = `${idOf(vm, "bastionHosts", bastion.name)}/bastionHostIpConfigurations/IpConf`;
    subnets.push(
      plainSubnet(vnetId, "AzureBastionSubnet", [bastion.prefix], { ipConfigurations: [{ id: configuration }] }),
    );
  }
  if (gatewayTo) subnets.push(plainSubnet(vnetId, "GatewaySubnet", ["10.0.254.0/27"]));
  return subnets;
}

function subnetOf(vm: WorldVm, vnetId: string, { name, prefix, alsoPrefixes, securityGroup }: WorldSubnet) {
  const group = securityGroup && { id: idOf(vm, "networkSecurityGroups", securityGroup.name) };
  return plainSubnet(vnetId, name, [prefix, ...alsoPrefixes], group ? { networkSecurityGroup: group } : {});
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

function securityGroupOf(vm: WorldVm, group: WorldSecurityGroup): NetworkResource {
  const id = idOf(vm, "networkSecurityGroups", group.name);
  const shown = (kind: string, rules: readonly WorldRule[]) =>
    rules.map((rule) => ({
      name: rule.name,
      id: `${id}/${kind}/${rule.name}`,
      type: `Microsoft.Network/networkSecurityGroups/${kind}`,
      etag: 'W/"1"',
      properties: ruleProperties(rule, (name) => asgId(vm, name)),
    }));
  return resource(vm, "networkSecurityGroups", group.name, {
    securityRules: shown("securityRules", group.rules),
    defaultSecurityRules: shown("defaultSecurityRules", defaultRules),
  });
}

function asgId(vm: WorldVm, name: string): string {
  return idOf(vm, "applicationSecurityGroups", name);
}

function resource(vm: WorldVm, type: string, name: string, properties: object, more: object = {}): NetworkResource {
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

export function nicName(vm: WorldVm, nic: WorldNic, index: number): string {
  return nic.name ?? `${vm.name}-nic${index === 0 ? "" : index + 1}`;
}

export function idOf(vm: WorldVm, type: string, name: string): string {
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Network/${type}/${name}`;
}

export function vmIdOf(vm: WorldVm): string {
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${vm.name}`;
}
