import { type Address, type AddressRange, anyRangeContains, parseRange, parseRanges } from "../core/address.ts";
import { localRanges, platformRanges, privateRanges } from "../core/address-ranges.ts";
import type { IpConfiguration, NetworkEvidence } from "../core/network-evidence.ts";
import type { RuleMatch } from "./match.ts";

/** The network topology around one IP configuration: ranges that reach it directly. */
export interface Topology {
  /** The virtual network, its peers, and the ranges behind its gateway that the settings name. */
  readonly reachableRanges: readonly AddressRange[];
  /** Whether a gateway or a route table may connect private ranges that are not in `reachableRanges`. */
  readonly hasUnlistedRoutes: boolean;
  /** The subnets from which Azure Bastion connects. */
  readonly bastions: readonly AddressRange[];
}

export function topologyOf(network: NetworkEvidence, configuration: IpConfiguration): Topology {
  const { virtualNetworkId, subnet } = configuration;
  const own = network.virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  const onPremises = parseRanges(network.onPremises);
  if (!own || "unreadable" in own) return createTopology(onPremises, { hasUnlistedRoutes: true });
  const prefixes = [...own.prefixes, ...own.peerings.flatMap((peering) => peering.prefixes)];
  return createTopology([...parseRanges(prefixes), ...onPremises], {
    // A prefix that cannot be parsed may stand for any range.
    hasUnlistedRoutes: own.gateway || subnet.routed || prefixes.some((prefix) => !parseRange(prefix)),
    bastions: parseRanges(own.bastions.flatMap((bastion) => bastion.prefixes)),
  });
}

export function createTopology(
  reachableRanges: readonly AddressRange[],
  { hasUnlistedRoutes = false, bastions = [] }: Partial<Pick<Topology, "hasUnlistedRoutes" | "bastions">> = {},
): Topology {
  return { reachableRanges, hasUnlistedRoutes, bastions };
}

/** A client address with the properties that rules match on. */
export interface Origin {
  readonly address: Address;
  /** Whether the tag `VirtualNetwork` includes it. [MS: network, peers, behind gateways, platform, routes] */
  readonly virtualNetwork: RuleMatch;
  /** Whether the tag `Internet` includes it: outside the virtual network and publicly routable. */
  readonly internet: boolean;
  /** Whether the tag `AzureLoadBalancer` includes it. */
  readonly platform: boolean;
}

export function originOf(address: Address, { reachableRanges, hasUnlistedRoutes }: Topology): Origin {
  const isPlatform = anyRangeContains(platformRanges, address);
  const isNear = isPlatform || anyRangeContains(reachableRanges, address);
  const isPrivate = anyRangeContains(privateRanges, address);
  return {
    address,
    virtualNetwork: isNear ? "yes" : isPrivate && hasUnlistedRoutes ? "unknown" : "no",
    internet: !isNear && !isPrivate && !anyRangeContains(localRanges, address),
    platform: isPlatform,
  };
}
