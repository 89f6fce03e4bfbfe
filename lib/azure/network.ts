import { z } from "zod";
import type { AzureEvidence, IpConfiguration, NetworkInterface } from "../core/azure-evidence.ts";
import type { Clients } from "./clients.ts";
import { parseAnswer, problemFrom, UnexpectedAnswer } from "./problem.ts";
import { readSecurityGroup } from "./security-group.ts";

/** The id of a Microsoft.Network resource, or of a subnet below one, taken apart into what the SDK asks for. */
const NetworkId = z.string().transform((id, context) => {
  const parts =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/[^/]+\/([^/]+)/i.exec(id);
  const [root, subscriptionId, resourceGroup, name] = parts ?? [];
  if (root && subscriptionId && resourceGroup && name) return { id, root, subscriptionId, resourceGroup, name };
  context.addIssue(`"${id}" is no id of a network resource`);
  return z.NEVER;
});
/** `id` as given; `root` without the subnet. */
type NetworkId = z.infer<typeof NetworkId>;

const Reference = z.object({ id: NetworkId }).nullish();

/** How a VM names its NICs. `primary` may be missing when there is only one. */
const AttachedInterfaces = z.array(z.object({ id: NetworkId, primary: z.boolean().nullish() })).min(1);
type AttachedInterface = z.infer<typeof AttachedInterfaces>[number];

const InterfaceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  networkSecurityGroup: Reference,
  ipConfigurations: z
    .array(
      z.object({
        name: z.string(),
        primary: z.boolean().nullish(),
        privateIPAddress: z.string(),
        publicIPAddress: Reference,
        applicationSecurityGroups: z.array(z.object({ id: z.string() })).nullish(),
        subnet: z.object({ id: NetworkId }),
      }),
    )
    .min(1),
});
type IpConfigurationAnswer = z.infer<typeof InterfaceAnswer>["ipConfigurations"][number];

const VirtualNetworkAnswer = z.object({
  addressSpace: z.object({ addressPrefixes: z.array(z.string()).min(1) }),
  subnets: z.array(z.object({ id: z.string(), networkSecurityGroup: Reference })),
});

const PublicAddressAnswer = z.object({
  // Missing while a dynamic address is not in use.
  ipAddress: z.string().nullish(),
  sku: z.object({ name: z.string().nullish() }).nullish(),
});

/**
 * Reads the NICs that the VM names, and the networks, security groups and public addresses that these name: all at
 * once, each resource once. Needs the right `read` on Microsoft.Network/ `networkInterfaces`, `virtualNetworks`,
 * `networkSecurityGroups` and `publicIPAddresses`. Half a network would be judged wrongly, so whatever fails makes
 * the whole of it unreadable.
 */
export async function readNetwork(clients: Clients, named: unknown): Promise<AzureEvidence["network"]> {
  const read = resources(clients);
  try {
    const attached = parseAnswer(AttachedInterfaces, named, "network interfaces of the VM");
    const only = attached.length === 1;
    return { interfaces: await together(attached.map((nic) => readInterface(read, nic, only))) };
  } catch (error) {
    return { unreadable: problemFrom(error, "read the VM's network").message };
  }
}

type Resources = ReturnType<typeof resources>;

function resources(clients: Clients) {
  const network = (id: NetworkId) => clients.network(id.subscriptionId);
  return {
    networkInterface: once(async (id) => {
      const answer = await network(id).networkInterfaces.get(id.resourceGroup, id.name);
      return parseAnswer(InterfaceAnswer, answer, "network interface");
    }),
    virtualNetwork: once(async (id) => {
      const answer = await network(id).virtualNetworks.get(id.resourceGroup, id.name);
      return parseAnswer(VirtualNetworkAnswer, answer, "virtual network");
    }),
    securityGroup: once(async (id) =>
      readSecurityGroup(await network(id).networkSecurityGroups.get(id.resourceGroup, id.name)),
    ),
    publicAddress: once(async (id) => {
      const answer = await network(id).publicIPAddresses.get(id.resourceGroup, id.name);
      return parseAnswer(PublicAddressAnswer, answer, "public IP address");
    }),
  };
}

function once<T>(read: (id: NetworkId) => Promise<T>): (id: NetworkId) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (id) => {
    const key = id.root.toLowerCase();
    const answer = answers.get(key) ?? read(id);
    answers.set(key, answer);
    return answer;
  };
}

/** As `Promise.all`, but a failure waits for the others to end, so that no call outlives the reading. */
async function together<T extends readonly unknown[] | []>(work: T) {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function readInterface(read: Resources, attached: AttachedInterface, only: boolean): Promise<NetworkInterface> {
  const nic = await read.networkInterface(attached.id);
  const single = nic.ipConfigurations.length === 1;
  const [securityGroup, ipConfigurations] = await together([
    nic.networkSecurityGroup ? read.securityGroup(nic.networkSecurityGroup.id) : null,
    together(nic.ipConfigurations.map((configuration) => readIpConfiguration(read, configuration, single))),
  ]);
  return { id: nic.id, name: nic.name, primary: attached.primary ?? only, securityGroup, ipConfigurations };
}

async function readIpConfiguration(
  read: Resources,
  configuration: IpConfigurationAnswer,
  only: boolean,
): Promise<IpConfiguration> {
  const [network, publicAddress] = await together([
    readSubnet(read, configuration.subnet.id),
    configuration.publicIPAddress ? readPublicAddress(read, configuration.publicIPAddress.id) : null,
  ]);
  return {
    name: configuration.name,
    primary: configuration.primary ?? only,
    privateAddress: configuration.privateIPAddress,
    publicAddress,
    applicationSecurityGroups: (configuration.applicationSecurityGroups ?? []).map(({ id }) => id),
    ...network,
  };
}

/** By way of its virtual network: that one answer has the subnet's security group and the address space. */
async function readSubnet(
  read: Resources,
  subnet: NetworkId,
): Promise<Pick<IpConfiguration, "virtualNetworkPrefixes" | "subnet">> {
  const network = await read.virtualNetwork(subnet);
  const found = network.subnets.find(({ id }) => id.toLowerCase() === subnet.id.toLowerCase());
  if (!found) throw new UnexpectedAnswer(`the virtual network does not list ${subnet.id}`);
  const group = found.networkSecurityGroup;
  return {
    virtualNetworkPrefixes: network.addressSpace.addressPrefixes,
    subnet: { id: subnet.id, securityGroup: group ? await read.securityGroup(group.id) : null },
  };
}

async function readPublicAddress(read: Resources, id: NetworkId): Promise<IpConfiguration["publicAddress"]> {
  const { ipAddress, sku } = await read.publicAddress(id);
  // Without a SKU it is Basic; StandardV2 lets in as little as Standard.
  return ipAddress ? { address: ipAddress, sku: (sku?.name ?? "Basic") === "Basic" ? "Basic" : "Standard" } : null;
}
