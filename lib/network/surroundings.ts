import type { IpConfiguration, NetworkEvidence } from "../core/network-evidence.ts";
import { type Address, type AddressRange, anyContains, parseRange } from "./address.ts";
import type { Match } from "./match.ts";

/** What lies around one address of the VM: who is near, and who may be. */
export interface Surroundings {
  /** The virtual network, its peers, and what lies behind its gateway as far as the settings tell. */
  readonly near: readonly AddressRange[];
  /** Whether a gateway or a route may bring private addresses near that are not among these. */
  readonly open: boolean;
  /** The subnets that Bastion connects from. */
  readonly bastions: readonly AddressRange[];
}

export function surroundingsOf(network: NetworkEvidence, configuration: IpConfiguration): Surroundings {
  const { virtualNetworkId, subnet } = configuration;
  const own = network.virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  const onPremises = parseRanges(network.onPremises);
  if (!own || "unreadable" in own) return surroundings(onPremises, { open: true });
  const prefixes = [...own.prefixes, ...own.peerings.flatMap((peering) => peering.prefixes)];
  return surroundings([...parseRanges(prefixes), ...onPremises], {
    // A prefix that cannot be read may be any.
    open: own.gateway || subnet.routed || prefixes.some((prefix) => !parseRange(prefix)),
    bastions: parseRanges(own.bastions.flatMap((bastion) => bastion.prefixes)),
  });
}

export function surroundings(
  near: readonly AddressRange[],
  { open = false, bastions = [] }: Partial<Pick<Surroundings, "open" | "bastions">> = {},
): Surroundings {
  return { near, open, bastions };
}

/** The ranges among these texts; Azure takes no others, so what is none names nothing. */
export function parseRanges(texts: readonly string[]): AddressRange[] {
  return texts.flatMap((text) => parseRange(text) ?? []);
}

/** Where probes of load balancers, the guest agent and DNS come from. It belongs to two tags. */
export const platformRanges = parseRanges(["168.63.129.16/32", "fe80::1234:5678:9abc/128"]);
/** Addresses that only private networks use. */
export const privateRanges = parseRanges([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
]);
/** Addresses that never cross the Internet, beside the private ones. */
export const localRanges = parseRanges([
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "::/127",
  "fe80::/10",
  "ff00::/8",
]);

/** One address that asks to connect, with all that rules may want to know of it. */
export interface Origin {
  readonly address: Address;
  /** Whether the tag `VirtualNetwork` has it. [MS: network, peers, behind gateways, platform, routes] */
  readonly virtualNetwork: Match;
  /** Whether the tag `Internet` has it: outside the virtual network, and reachable publicly. */
  readonly internet: boolean;
  /** Whether it is where Azure's own probes come from: the tag `AzureLoadBalancer`. */
  readonly platform: boolean;
}

export function originOf(address: Address, { near, open }: Surroundings): Origin {
  const isPlatform = anyContains(platformRanges, address);
  const isNear = isPlatform || anyContains(near, address);
  const isPrivate = anyContains(privateRanges, address);
  return {
    address,
    virtualNetwork: isNear ? "yes" : isPrivate && open ? "unsure" : "no",
    internet: !isNear && !isPrivate && !anyContains(localRanges, address),
    platform: isPlatform,
  };
}
