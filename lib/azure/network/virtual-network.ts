import { z } from "zod";
import type { VirtualNetwork } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { NetworkId, Reference } from "./network-id.ts";
import { mergeSingularAndPlural, optionalText, optionalTexts } from "./security-rule.ts";

const AddressSpace = z.object({ addressPrefixes: z.array(z.string()) });

const Subnet = z.object({
  id: z.string(),
  name: z.string().nullish(),
  addressPrefix: optionalText,
  addressPrefixes: optionalTexts,
  networkSecurityGroup: Reference,
  routeTable: Reference,
  ipConfigurations: z.array(z.object({ id: z.string() })).nullish(),
});

const Peering = z.object({
  name: z.string().nullish(),
  peeringState: z.string().nullish(),
  allowVirtualNetworkAccess: z.boolean().nullish(),
  useRemoteGateways: z.boolean().nullish(),
  remoteAddressSpace: AddressSpace.nullish(),
});

const Answer = z.object({
  id: z.string(),
  addressSpace: AddressSpace.refine(({ addressPrefixes }) => addressPrefixes.length > 0, "has no prefix"),
  subnets: z.array(Subnet),
  virtualNetworkPeerings: z.array(Peering).nullish(),
});

/** The virtual network without its security admin rules, and its subnets with what stands before them. */
export interface VirtualNetworkResponse extends Omit<VirtualNetwork, "adminRules" | "bastions"> {
  readonly bastions: readonly {
    /** Of the host. */
    id: NetworkId;
    prefixes: string[];
    securityGroup: NetworkId | null;
  }[];
  readonly subnets: readonly {
    id: string;
    prefixes: string[];
    routed: boolean;
    routeTable: NetworkId | null;
    securityGroup: NetworkId | null;
  }[];
}

/** One response has the address space, the subnets with their security groups, the peerings, and the Bastion subnet. */
export async function readVirtualNetwork(clients: Clients, id: NetworkId): Promise<VirtualNetworkResponse> {
  const asked = await clients.network(id.subscriptionId).virtualNetworks.get(id.resourceGroup, id.name);
  const answer = parseResponse(Answer, asked, "virtual network");
  const peerings = answer.virtualNetworkPeerings ?? [];
  return {
    id: id.root,
    prefixes: answer.addressSpace.addressPrefixes,
    peerings: peerings.filter(isOpen).map(({ name, remoteAddressSpace }) => ({
      name: name ?? "",
      prefixes: remoteAddressSpace?.addressPrefixes ?? [],
    })),
    gateway:
      answer.subnets.some(({ name }) => name === "GatewaySubnet") ||
      peerings.some(({ useRemoteGateways }) => useRemoteGateways === true),
    bastions: answer.subnets.flatMap(bastionsIn),
    subnets: answer.subnets.map((subnet) => ({
      id: subnet.id,
      prefixes: mergeSingularAndPlural(subnet.addressPrefix, subnet.addressPrefixes),
      routed: Boolean(subnet.routeTable),
      routeTable: subnet.routeTable?.id ?? null,
      securityGroup: subnet.networkSecurityGroup?.id ?? null,
    })),
  };
}

function isOpen({ peeringState, allowVirtualNetworkAccess }: z.infer<typeof Peering>): boolean {
  return peeringState === "Connected" && allowVirtualNetworkAccess !== false;
}

/** A Bastion host has one subnet of a fixed name, and shows there by the id of its IP configuration. */
function bastionsIn({
  name,
  addressPrefix,
  addressPrefixes,
  networkSecurityGroup,
  ipConfigurations,
}: z.infer<typeof Subnet>): VirtualNetworkResponse["bastions"] {
  if (name !== "AzureBastionSubnet") return [];
  const hosts = (ipConfigurations ?? [])
    .filter(({ id }) => /\/bastionHosts\/[^/]+/i.test(id))
    .flatMap(({ id }) => NetworkId.safeParse(id).data ?? []);
  const prefixes = mergeSingularAndPlural(addressPrefix, addressPrefixes);
  const distinct = new Map(hosts.map((id) => [id.root.toLowerCase(), id]));
  return [...distinct.values()].map((id) => ({ id, prefixes, securityGroup: networkSecurityGroup?.id ?? null }));
}
