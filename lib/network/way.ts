import type {
  AdminRule,
  Forwarding,
  IpConfiguration,
  NetworkEvidence,
  NetworkInterface,
  SecurityGroup,
  SecurityRule,
} from "../core/network-evidence.ts";
import { type Address, parseAddress } from "./address.ts";
import { type RuleTable, readRules, type Target } from "./rule.ts";
import { originOf, type Surroundings, surroundingsOf } from "./surroundings.ts";

/** One way from anywhere to a port of one private address of the VM. All that can be read beforehand is. */
export interface Way {
  readonly destination: Address;
  readonly port: number;
  readonly surroundings: Surroundings;
  /** How it is reached from the Internet. */
  readonly front: Front;
  readonly admin: RuleTable<AdminRule> | Unreadable;
  /** In the order in which a connection meets them; every one must allow it. */
  readonly hops: readonly Hop[];
  /** The same from the groups as they are written, where `hops` come from Azure's own list. */
  readonly hopsAsWritten: readonly Hop[] | null;
  /** Why Azure's own list of rules is not what is judged by; `null` when it is, or was not asked for. */
  readonly notEffective: string | null;
}

export type Front =
  | { readonly kind: "none" }
  | { readonly kind: "public"; readonly address: Exclude<IpConfiguration["publicAddress"], null> }
  | { readonly kind: "load-balancer"; readonly forwardings: readonly Forwarding[] | Unreadable };

interface Unreadable {
  readonly unreadable: string;
}

export interface Hop {
  readonly layer: "subnet-nsg" | "nic-nsg";
  readonly group: ReadGroup | Unreadable;
}

/** A security group with its rules made ready for one target. */
export interface ReadGroup extends Pick<SecurityGroup, "id" | "name"> {
  readonly rules: RuleTable<SecurityRule>;
}

/** One way for each front of the address; none when Azure gave no private address. */
export function waysTo(
  network: NetworkEvidence,
  nic: NetworkInterface,
  configuration: IpConfiguration,
  port: number,
): Way[] {
  const destination = parseAddress(configuration.privateAddress);
  if (!destination) return [];
  const surroundings = surroundingsOf(network, configuration);
  // Whatever was read of the virtual network, the VM's own address is in it.
  const own = { ...originOf(destination, surroundings), virtualNetwork: "yes", internet: false } as const;
  const target = { destination: own, port, destinationGroups: configuration.applicationSecurityGroups };
  const written = hopsAsWritten(nic, configuration, target);
  const effective = effectiveHops(nic, configuration, target);
  return frontsOf(configuration).map((front) => ({
    destination,
    port,
    surroundings,
    front,
    admin: adminRules(network, configuration, target),
    hops: effective ?? written,
    hopsAsWritten: effective && written,
    notEffective: nic.effective && "unreadable" in nic.effective ? nic.effective.unreadable : null,
  }));
}

function frontsOf({ publicAddress, forwardings }: IpConfiguration): Front[] {
  const fronts: Front[] = [];
  if (publicAddress) fronts.push({ kind: "public", address: publicAddress });
  if ("unreadable" in forwardings || forwardings.length > 0) fronts.push({ kind: "load-balancer", forwardings });
  return fronts.length > 0 ? fronts : [{ kind: "none" }];
}

function adminRules(
  { virtualNetworks }: NetworkEvidence,
  { virtualNetworkId }: IpConfiguration,
  target: Target,
): Way["admin"] {
  const own = virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  if (!own) return { unreadable: "the virtual network was not read" };
  if ("unreadable" in own) return { unreadable: own.unreadable };
  return "unreadable" in own.adminRules ? own.adminRules : readRules(own.adminRules, target);
}

function hopsAsWritten(nic: NetworkInterface, { subnet }: IpConfiguration, target: Target): Hop[] {
  return [
    { layer: "subnet-nsg" as const, group: subnet.securityGroup },
    { layer: "nic-nsg" as const, group: nic.securityGroup },
  ].flatMap(({ layer, group }) => {
    if (!group) return [];
    return { layer, group: "unreadable" in group ? group : readGroup(group, target) };
  });
}

/**
 * From Azure's own list; `null` where there is none. Azure writes `*` there as 0.0.0.0/0, so that it cannot tell about
 * the sixth version.
 */
function effectiveHops({ effective }: NetworkInterface, { subnet }: IpConfiguration, target: Target): Hop[] | null {
  if (!effective || "unreadable" in effective || target.destination.address.family === 6) return null;
  const subnetId = subnet.id.toLowerCase();
  const before = effective.filter((one) => one.subnetId?.toLowerCase() === subnetId);
  const own = effective.filter((one) => one.subnetId === null);
  return [
    ...before.map(({ group }) => ({ layer: "subnet-nsg" as const, group: readGroup(group, target) })),
    ...own.map(({ group }) => ({ layer: "nic-nsg" as const, group: readGroup(group, target) })),
  ];
}

function readGroup({ id, name, rules }: SecurityGroup, target: Target): ReadGroup {
  return { id, name, rules: readRules(rules, target) };
}
