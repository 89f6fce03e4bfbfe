import type { World, WorldNic, WorldSecurityGroup, WorldSubnet, WorldVm } from "../world.ts";

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
  const { name, addressPrefixes, subnets, nics } = vm.network;
  const vnetId = idOf(vm, "virtualNetworks", name);
  const subnetResources = subnets.map((subnet) => subnetOf(vm, vnetId, subnet));
  const groups = [...nics, ...subnets].map(({ securityGroup }) => securityGroup).filter((group) => group !== null);
  return [
    resource(vm, "virtualNetworks", name, {
      addressSpace: { addressPrefixes },
      subnets: subnetResources,
      virtualNetworkPeerings: [],
      enableDdosProtection: false,
    }),
    ...subnetResources,
    ...groups.map((group) => securityGroupOf(vm, group)),
    ...nics.flatMap((nic, index) => nicAndAddress(vm, vnetId, nic, index)),
  ];
}

function nicAndAddress(vm: WorldVm, vnetId: string, nic: WorldNic, index: number): NetworkResource[] {
  const name = nicName(vm, nic, index);
  const configurationId = `${idOf(vm, "networkInterfaces", name)}/ipConfigurations/ipconfig1`;
  const address =
    nic.publicAddress &&
    resource(
      vm,
      "publicIPAddresses",
      `${name}-ip`,
      {
        ipAddress: nic.publicAddress,
        publicIPAddressVersion: "IPv4",
        publicIPAllocationMethod: "Static",
        idleTimeoutInMinutes: 4,
        ipConfiguration: { id: configurationId },
      },
      { sku: { name: "Standard", tier: "Regional" } },
    );
  const configuration = {
    name: "ipconfig1",
    id: configurationId,
    type: "Microsoft.Network/networkInterfaces/ipConfigurations",
    properties: {
      provisioningState: "Succeeded",
      privateIPAddress: nic.privateAddress,
      privateIPAllocationMethod: "Dynamic",
      privateIPAddressVersion: "IPv4",
      primary: true,
      subnet: { id: `${vnetId}/subnets/${nic.subnet}` },
      ...(address && { publicIPAddress: { id: address.id } }),
    },
  };
  const card = resource(vm, "networkInterfaces", name, {
    ipConfigurations: [configuration],
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
  return address ? [card, address] : [card];
}

function subnetOf(vm: WorldVm, vnetId: string, subnet: WorldSubnet): NetworkResource {
  return {
    name: subnet.name,
    id: `${vnetId}/subnets/${subnet.name}`,
    type: "Microsoft.Network/virtualNetworks/subnets",
    etag: 'W/"1"',
    properties: {
      provisioningState: "Succeeded",
      addressPrefix: subnet.prefix,
      ...(subnet.securityGroup && {
        networkSecurityGroup: { id: idOf(vm, "networkSecurityGroups", subnet.securityGroup.name) },
      }),
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
    },
  };
}

function securityGroupOf(vm: WorldVm, group: WorldSecurityGroup): NetworkResource {
  const id = idOf(vm, "networkSecurityGroups", group.name);
  const rule = (kind: string, name: string, properties: object) => ({
    name,
    id: `${id}/${kind}/${name}`,
    type: `Microsoft.Network/networkSecurityGroups/${kind}`,
    etag: 'W/"1"',
    properties: { provisioningState: "Succeeded", sourcePortRange: "*", ...properties },
  });
  return resource(vm, "networkSecurityGroups", group.name, {
    securityRules: group.rules.map(({ name, priority, access, direction, protocol, source, destination, ports }) =>
      rule("securityRules", name, {
        priority,
        access,
        direction,
        protocol,
        sourceAddressPrefix: source,
        destinationAddressPrefix: destination,
        destinationPortRange: ports,
      }),
    ),
    defaultSecurityRules: defaultRules.map(([name, priority, direction, access, source, destination]) =>
      rule("defaultSecurityRules", name, {
        priority,
        access,
        direction,
        protocol: "*",
        sourceAddressPrefix: source,
        destinationAddressPrefix: destination,
        destinationPortRange: "*",
      }),
    ),
  });
}

const defaultRules = [
  ["AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
  ["AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"],
  ["DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"],
  ["AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
  ["AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"],
  ["DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"],
] as const;

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

function nicName(vm: WorldVm, nic: WorldNic, index: number): string {
  return nic.name ?? `${vm.name}-nic${index === 0 ? "" : index + 1}`;
}

function idOf(vm: WorldVm, type: string, name: string): string {
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Network/${type}/${name}`;
}

function vmIdOf(vm: WorldVm): string {
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${vm.name}`;
}
