import { z } from "zod";
import type { Forwarding, IpConfiguration, NetworkInterface } from "../../core/network-evidence.ts";
import { parseResponse, UnexpectedResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { BalancerReferences, balancersOf, forwardingsTo, type LoadBalancer } from "./load-balancer.ts";
import { InterfaceId, isSameId, NetworkId, PublicAddressReference, Reference } from "./network-id.ts";
import type { NetworkReader } from "./network-reader.ts";
import { allSettledThenAll, type Unreadable } from "./partial-evidence.ts";

const ConfigurationAnswer = BalancerReferences.extend({
  name: z.string(),
  primary: z.boolean().nullish(),
  /** Missing while Azure has not assigned one, as to a new configuration of IPv6. */
  privateIPAddress: z.string().nullish(),
  publicIPAddress: PublicAddressReference,
  applicationSecurityGroups: z.array(z.object({ id: z.string() })).nullish(),
  subnet: z.object({ id: NetworkId }),
});
type AddressedConfiguration = z.infer<typeof ConfigurationAnswer> & { readonly privateIPAddress: string };

const InterfaceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  networkSecurityGroup: Reference,
  ipConfigurations: z.array(ConfigurationAnswer).min(1),
});

/** A NIC, and the virtual networks of its addresses. */
export interface ReadInterface {
  readonly nic: NetworkInterface;
  readonly virtualNetworks: readonly NetworkId[];
}

/** The NICs of a VM. `primary` may be missing when there is only one. */
const AttachedInterfaces = z.array(z.object({ id: InterfaceId, primary: z.boolean().nullish() })).min(1);

/**
 * Reads the NICs that a VM names, with all that their IP configurations name. Needs the right
 * `Microsoft.Network/networkInterfaces/read`. Those of an instance of a uniform scale set are its children, and need
 * `Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/read`.
 */
export async function readInterfaces(clients: Clients, read: NetworkReader, named: unknown): Promise<ReadInterface[]> {
  const attached = parseResponse(AttachedInterfaces, named, "network interfaces of the VM");
  return allSettledThenAll(
    attached.map(async ({ id, primary }) => {
      const { resourceGroup, name, names } = id;
      const [set = "", instance = ""] = names ?? [];
      const interfaces = clients.network(id.subscriptionId).networkInterfaces;
      const answer = await (names
        ? interfaces.getVirtualMachineScaleSetNetworkInterface(resourceGroup, set, instance, name)
        : interfaces.get(resourceGroup, name));
      return interfaceFrom(read, answer, primary ?? answer.primary ?? attached.length === 1);
    }),
  );
}

async function interfaceFrom(read: NetworkReader, answer: unknown, primary: boolean): Promise<ReadInterface> {
  const nic = parseResponse(InterfaceAnswer, answer, "network interface");
  const single = nic.ipConfigurations.length === 1;
  const addressed = nic.ipConfigurations.flatMap(({ privateIPAddress, ...rest }) =>
    privateIPAddress ? { ...rest, privateIPAddress } : [],
  );
  if (addressed.length === 0) throw new UnexpectedResponse(`network interface ${nic.name}: no address is assigned yet`);
  const [securityGroup, ipConfigurations] = await allSettledThenAll([
    nic.networkSecurityGroup ? read.securityGroup(nic.networkSecurityGroup.id) : null,
    allSettledThenAll(addressed.map((configuration) => readConfiguration(read, configuration, single))),
  ]);
  const virtualNetworks = addressed.map(({ subnet }) => subnet.id);
  const { id, name } = nic;
  return {
    nic: { id, name, primary, securityGroup, ipConfigurations, effective: null, routes: null },
    virtualNetworks,
  };
}

async function readConfiguration(
  read: NetworkReader,
  configuration: AddressedConfiguration,
  only: boolean,
): Promise<IpConfiguration> {
  const [subnet, publicAddress, forwardings] = await allSettledThenAll([
    readSubnet(read, configuration.subnet.id),
    configuration.publicIPAddress ? read.publicAddress(configuration.publicIPAddress.id) : null,
    readForwardings(read, configuration),
  ]);
  return {
    name: configuration.name,
    primary: configuration.primary ?? only,
    privateAddress: configuration.privateIPAddress,
    virtualNetworkId: configuration.subnet.id.root,
    subnet,
    publicAddress,
    forwardings,
    applicationSecurityGroups: (configuration.applicationSecurityGroups ?? []).map(({ id }) => id),
  };
}

/** Through its virtual network: one response has the security groups of all subnets. */
async function readSubnet(read: NetworkReader, subnet: NetworkId): Promise<IpConfiguration["subnet"]> {
  const network = await read.virtualNetwork(subnet);
  if ("unreadable" in network) return { id: subnet.id, routed: true, securityGroup: network };
  const found = network.subnets.find(({ id }) => isSameId(id, subnet.id));
  if (!found) {
    const unreadable = `the virtual network does not list ${subnet.id}`;
    return { id: subnet.id, routed: true, securityGroup: { unreadable } };
  }
  const { prefixes, routed } = found;
  const [securityGroup, routeTable] = await allSettledThenAll([
    found.securityGroup && read.securityGroup(found.securityGroup),
    found.routeTable && read.routeTable(found.routeTable),
  ]);
  return { id: subnet.id, prefixes, routed, routeTable, securityGroup };
}

async function readForwardings(
  read: NetworkReader,
  references: BalancerReferences,
): Promise<IpConfiguration["forwardings"]> {
  const balancers = await allSettledThenAll(balancersOf(references).map((id) => read.loadBalancer(id)));
  const failed = balancers.find((balancer): balancer is Unreadable => "unreadable" in balancer);
  if (failed) return failed;
  const rules = balancers
    .filter((balancer): balancer is LoadBalancer => !("unreadable" in balancer))
    .flatMap((balancer) => forwardingsTo(balancer, references));
  return allSettledThenAll(
    rules.map(async ({ front, ...rule }): Promise<Forwarding> => {
      const address = await read.publicAddress(front);
      return { ...rule, frontAddress: address && "address" in address ? address.address : null };
    }),
  );
}
