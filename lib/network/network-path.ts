import { type Address, type AddressRange, parseAddress, parseRanges } from "../core/address.ts";
import type {
  AdminRule,
  Forwarding,
  IpConfiguration,
  NetworkEvidence,
  NetworkInterface,
  SecurityGroup,
  SecurityRule,
} from "../core/network-evidence.ts";
import { defaultRdpPort, isPort } from "../core/windows.ts";
import { evaluateBastion } from "./bastion.ts";
import { probeDenial } from "./health-probe.ts";
import { readPrefixes } from "./prefix.ts";
import { type ReturnRoutes, returnRoutesOf } from "./return-route.ts";
import { type RuleTable, type RuleTarget, readRules } from "./rule-table.ts";
import { originOf, type Topology, topologyOf } from "./topology.ts";
import type { TraceHop } from "./trace-hop.ts";

/** One path to a port of a private address of the VM, with its rules parsed once for any number of origins. */
export interface NetworkPath {
  readonly destination: Address;
  readonly port: number;
  readonly topology: Topology;
  /** How a client on the Internet reaches it. */
  readonly ingress: Ingress;
  /** The address of the front end that packets keep, and that rules see instead of `destination`; `null`: they do not. */
  readonly floatingAddress: Address | null;
  readonly admin: RuleTable<AdminRule> | Unreadable;
  /** What stands before a connection from each Bastion host, by the subnet that it connects from. */
  readonly bastions: readonly BastionHop[];
  /** Why the load balancer forwards nothing by a rule, by the rule's name. */
  readonly probeDenials: ReadonlyMap<string, string>;
  /** The name of the NIC where it is not the primary one of several: Azure gives it no default gateway. */
  readonly secondaryNic: string | null;
  /** The routes of answers; `null`: Azure's own. */
  readonly routes: ReturnRoutes | Unreadable | null;
  /** In the order in which a connection passes them; each must allow it. */
  readonly hops: readonly SecurityGroupHop[];
  /** The same from the security groups as configured, when `hops` come from Azure's effective rules. */
  readonly hopsAsWritten: readonly SecurityGroupHop[] | null;
  /** Why Azure's effective rules are not used; `null` when they are, or were not requested. */
  readonly notEffective: string | null;
}

export type Ingress =
  | { readonly kind: "none" }
  | { readonly kind: "public"; readonly address: Exclude<IpConfiguration["publicAddress"], null> }
  | { readonly kind: "load-balancer"; readonly forwardings: readonly Forwarding[] | Unreadable };

interface Unreadable {
  readonly unreadable: string;
}

export interface BastionHop {
  readonly ranges: readonly AddressRange[];
  readonly hop: TraceHop;
}

export interface SecurityGroupHop {
  readonly layer: "subnet-nsg" | "nic-nsg";
  readonly group: ReadGroup | Unreadable;
}

/** A security group with its rules parsed for one target. */
export interface ReadGroup extends Pick<SecurityGroup, "id" | "name"> {
  readonly rules: RuleTable<SecurityRule>;
  /** Whether the rules were read for the address of a front end that packets keep. */
  readonly isFloating: boolean;
}

/** One path for each ingress of the address; none when Azure reports no private address. */
export function pathsTo(
  network: NetworkEvidence,
  nic: NetworkInterface,
  configuration: IpConfiguration,
  port: number,
): NetworkPath[] {
  const destination = parseAddress(configuration.privateAddress);
  if (!destination) return [];
  const topology = topologyOf(network, configuration);
  // The VM's own address is always in its virtual network, even when the network could not be read.
  const own = { ...originOf(destination, topology), virtualNetwork: "yes", internet: false } as const;
  const target = {
    destination: own,
    port,
    destinationGroups: configuration.applicationSecurityGroups,
    mistakenPorts: mistakenPortsOf(configuration, port),
  };
  return ingressesOf(configuration).map((ingress) => {
    const floatingAddress = floatingAddressOf(ingress, port);
    const seen = floatingAddress
      ? { ...target, destination: originOf(floatingAddress, topology), destinationGroups: [], isFloating: true }
      : target;
    const written = hopsAsWritten(nic, configuration, seen);
    const effective = effectiveHops(nic, configuration, seen);
    return {
      destination,
      port,
      topology,
      ingress,
      floatingAddress,
      probeDenials: probeDenialsOf(nic, configuration, topology, target),
      secondaryNic: network.interfaces.some((other) => other.primary) && !nic.primary ? nic.name : null,
      routes: returnRoutesOf(network, nic, configuration),
      admin: adminRules(network, configuration, seen),
      bastions: bastionHops(network, configuration, { ...target, destination }),
      hops: effective ?? written,
      hopsAsWritten: effective && written,
      notEffective: nic.effective && "unreadable" in nic.effective ? nic.effective.unreadable : null,
    };
  });
}

/** The rule that leads to a port. Of several, one that Windows needs no further address for. */
export function forwardingTo(forwardings: readonly Forwarding[], port: number): Forwarding | undefined {
  const fitting = forwardings.filter(({ backendPort }) => backendPort === port);
  return fitting.find(({ floatingIp }) => !floatingIp) ?? fitting[0];
}

/**
 * With a floating IP nothing is translated, so that rules see the address of the front end. The Kubernetes provider of Azure
 * makes its rules for that address, and for the private one where floating IP is off: kubernetes-sigs/cloud-provider-azure#1729.
 */
export function floatingAddressOf(ingress: Ingress, port: number): Address | null {
  if (ingress.kind !== "load-balancer" || "unreadable" in ingress.forwardings) return null;
  const found = forwardingTo(ingress.forwardings, port);
  return found?.floatingIp ? parseAddress(found.frontAddress ?? "") : null;
}

/** The front ports that lead to this port, as the portal shows them, and Remote Desktop's own. */
function mistakenPortsOf({ forwardings }: IpConfiguration, port: number): number[] {
  const fronts = ("unreadable" in forwardings ? [] : forwardings)
    .filter(({ backendPort }) => backendPort === port)
    .map(({ frontPorts }) => Number(frontPorts));
  return [...fronts, defaultRdpPort].filter((other) => isPort(other) && other !== port);
}

/** From the groups as configured: the port of the probe differs from that of the path. */
function probeDenialsOf(
  nic: NetworkInterface,
  configuration: IpConfiguration,
  topology: Topology,
  target: RuleTarget,
): Map<string, string> {
  const { forwardings } = configuration;
  const probed = "unreadable" in forwardings ? [] : forwardings.filter(({ probe }) => probe);
  return new Map(
    probed.flatMap((forwarding) => {
      const hops = hopsAsWritten(nic, configuration, { ...target, port: forwarding.probe?.port ?? 0 });
      const groups = hops.flatMap(({ group }) => ("unreadable" in group ? [] : group));
      const why = probeDenial(forwarding, groups, topology);
      return why ? [[forwarding.rule, why] as const] : [];
    }),
  );
}

export function ingressesOf({ publicAddress, forwardings }: IpConfiguration): Ingress[] {
  const ingresses: Ingress[] = [];
  if (publicAddress) ingresses.push({ kind: "public", address: publicAddress });
  if ("unreadable" in forwardings || forwardings.length > 0) ingresses.push({ kind: "load-balancer", forwardings });
  return ingresses.length > 0 ? ingresses : [{ kind: "none" }];
}

function bastionHops(
  { virtualNetworks }: NetworkEvidence,
  { virtualNetworkId }: IpConfiguration,
  target: Parameters<typeof evaluateBastion>[1],
): BastionHop[] {
  const own = virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  if (!own || "unreadable" in own) return [];
  return own.bastions.flatMap((bastion) => {
    const hop = evaluateBastion(bastion, target);
    return hop ? [{ ranges: parseRanges(bastion.prefixes), hop }] : [];
  });
}

function adminRules(
  { virtualNetworks }: NetworkEvidence,
  { virtualNetworkId }: IpConfiguration,
  target: RuleTarget,
): NetworkPath["admin"] {
  const own = virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  if (!own) return { unreadable: "the virtual network was not read" };
  if ("unreadable" in own) return { unreadable: own.unreadable };
  return "unreadable" in own.adminRules ? own.adminRules : readRules(own.adminRules, target);
}

function hopsAsWritten(nic: NetworkInterface, { subnet }: IpConfiguration, target: RuleTarget): SecurityGroupHop[] {
  return [
    { layer: "subnet-nsg" as const, group: subnet.securityGroup },
    { layer: "nic-nsg" as const, group: nic.securityGroup },
  ].flatMap(({ layer, group }) => {
    if (!group) return [];
    return { layer, group: "unreadable" in group ? group : readGroup(group, target) };
  });
}

/**
 * Uses Azure's effective rules; `null` when there are none. Azure renders `*` as 0.0.0.0/0 there, so they say nothing
 * about IPv6.
 */
function effectiveHops(
  { effective, securityGroup }: NetworkInterface,
  { subnet }: IpConfiguration,
  target: RuleTarget,
): SecurityGroupHop[] | null {
  if (!effective || "unreadable" in effective || target.destination.address.family === 6) return null;
  const subnetId = subnet.id.toLowerCase();
  const before = effective.filter((one) => one.subnetId?.toLowerCase() === subnetId);
  const own = effective.filter((one) => one.subnetId === null);
  const groupOf = (group: SecurityGroup, written: NetworkInterface["securityGroup"]) =>
    readGroup(withApplicationGroups(group, written), target);
  return [
    ...before.map(({ group }) => ({ layer: "subnet-nsg" as const, group: groupOf(group, subnet.securityGroup) })),
    ...own.map(({ group }) => ({ layer: "nic-nsg" as const, group: groupOf(group, securityGroup) })),
  ];
}

/**
 * Azure's effective rules name no application security group: they have the addresses of its members, and none where it
 * has no member here. Then the configured rule, and the groups of the NIC, decide.
 */
function withApplicationGroups(group: SecurityGroup, written: NetworkInterface["securityGroup"]): SecurityGroup {
  if (!written || "unreadable" in written || written.id.toLowerCase() !== group.id.toLowerCase()) return group;
  const grouped = new Map(
    written.rules
      .filter(({ sourceGroups, destinationGroups }) => sourceGroups.length > 0 || destinationGroups.length > 0)
      .map((rule) => [rule.name.toLowerCase(), rule] as const),
  );
  if (grouped.size === 0) return group;
  const rules = group.rules.map((rule): SecurityRule => {
    const own = grouped.get(rule.name.toLowerCase());
    if (!own || own.priority !== rule.priority || own.direction !== rule.direction) return rule;
    const { sources, sourceGroups, destinations, destinationGroups } = own;
    return {
      ...rule,
      ...(sourceGroups.length > 0 && saysNothing(rule.sources) && { sources, sourceGroups }),
      ...(destinationGroups.length > 0 && saysNothing(rule.destinations) && { destinations, destinationGroups }),
    };
  });
  return { ...group, rules };
}

/** Whether no prefix is an address or a tag that is known here. */
function saysNothing(prefixes: readonly string[]): boolean {
  const { tags, ranges } = readPrefixes(prefixes);
  return tags.length === 0 && ranges.length === 0;
}

function readGroup({ id, name, rules }: SecurityGroup, target: RuleTarget & { isFloating?: boolean }): ReadGroup {
  return { id, name, rules: readRules(rules, target), isFloating: target.isFloating ?? false };
}
