import { z } from "zod";
import type { Forwarding, IpConfiguration, NetworkInterface } from "../../core/network-evidence.ts";
import { parseResponse, UnexpectedResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { BalancerReferences, balancersOf, forwardingsTo, type LoadBalancer } from "./load-balancer.ts";
import { isSameId, NetworkId, Reference } from "./network-id.ts";
import type { NetworkReader } from "./network-reader.ts";
import { allSettledThenAll, type Unreadable } from "./partial-evidence.ts";

const ConfigurationAnswer = BalancerReferences.extend({
  name: z.string(),
  primary: z.boolean().nullish(),
  /** Missing while Azure has not assigned one, as to a new configuration of IPv6. */
  privateIPAddress: z.string().nullish(),
  publicIPAddress: Reference,
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

/**
 * Reads one NIC with all that its IP configurations name. Needs the right `Microsoft.Network/networkInterfaces/read`.
 */
export async function readInterface(
  clients: Clients,
  read: NetworkReader,
  id: NetworkId,
): Promise<Omit<NetworkInterface, "primary" | "effective" | "routes"> & { virtualNetworks: NetworkId[] }> {
  const answer = await clients.network(id.subscriptionId).networkInterfaces.get(id.resourceGroup, id.name);
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
  return { id: nic.id, name: nic.name, securityGroup, ipConfigurations, virtualNetworks };
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
