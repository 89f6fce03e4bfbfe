import {
  type Address,
  type AddressRange,
  anyRangeContains,
  formatAddress,
  parseRange,
  prefixLength,
} from "../core/address.ts";
import { platformRanges, privateRanges } from "../core/address-ranges.ts";
import type { Bastion, SecurityGroup, SecurityRule } from "../core/network-evidence.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { allMatch, anyMatch, type RuleMatch } from "./match.ts";
import { readPrefixes } from "./prefix.ts";
import { portMatch, protocolMatch } from "./rule-table.ts";
import { hopWithoutRule, type TraceHop } from "./trace-hop.ts";

/*
 * What a Bastion host needs to connect to the VM: a SKU that reaches the port, and the rules that its subnet's security group
 * must have. Sources: learn.microsoft.com, azure/bastion: bastion-nsg (the rules; all of them are required), and
 * bastion-sku-comparison (ports other than 3389 from Standard on).
 */

/** One side of a flow: addresses, or a service tag whose addresses are not known here. */
type Party = AddressRange | "GatewayManager" | "AzureLoadBalancer" | "Internet";

interface Flow {
  readonly direction: SecurityRule["direction"];
  readonly from: Party;
  readonly to: Party;
  readonly port: number;
  /** As a sentence names it. */
  readonly name: string;
}

/** The VM's end of a session. */
interface Target {
  readonly destination: Address;
  readonly port: number;
  readonly destinationGroups: readonly string[];
}

/** What the Bastion host, or the group of its subnet, does with a session; `null`: nothing was read that could prevent it. */
export function evaluateBastion({ name, prefixes, securityGroup, host }: Bastion, target: Target): TraceHop | null {
  const read = host && !("unreadable" in host) ? host : null;
  if (read?.sku && /^(basic|developer)$/i.test(read.sku) && target.port !== defaultRdpPort) {
    const why = `Bastion host ${name} has the SKU ${read.sku}, which connects to port ${defaultRdpPort} alone: port ${target.port} needs the SKU Standard`;
    return hopWithoutRule("bastion", "denied", why);
  }
  if (securityGroup && "unreadable" in securityGroup) {
    const why = `the network security group of AzureBastionSubnet could not be read: ${securityGroup.unreadable}`;
    return hopWithoutRule("bastion", "unknown", why);
  }
  const [range] = prefixes.flatMap((prefix) => parseRange(prefix) ?? []);
  const byRules = securityGroup && range ? evaluateGroup(securityGroup, range, target, read) : null;
  if (byRules && byRules.verdict !== "passed") return byRules;
  // A host that is being updated keeps its sessions going.
  if (read && !/^(succeeded|updating|unknown)$/i.test(read.provisioningState)) {
    const why = `Bastion host ${name} has the provisioning state ${read.provisioningState}, in which it may accept no session`;
    return hopWithoutRule("bastion", "unknown", why);
  }
  return byRules;
}

function evaluateGroup(
  group: SecurityGroup,
  bastion: AddressRange,
  target: Target,
  host: { readonly hasPublicAddress: boolean } | null,
): TraceHop {
  const decided = flowsOf(bastion, target, host?.hasPublicAddress ?? false).map((flow) => ({
    flow,
    ...decide(group.rules, flow, target.destinationGroups),
  }));
  const worst =
    decided.find(({ verdict }) => verdict === "denied") ?? decided.find(({ verdict }) => verdict === "unknown");
  const where = `NSG ${group.name} of AzureBastionSubnet`;
  if (!worst) {
    return { ...hopWithoutRule("bastion", "passed", `${where} has what Azure Bastion needs`), nsg: group.name };
  }
  const { flow, rule, verdict } = worst;
  const what = rule ? `rule ${rule.name} (priority ${rule.priority}) in ${where}` : `no rule that was read in ${where}`;
  const does = verdict === "denied" ? "denies" : rule ? `may ${rule.access.toLowerCase()}` : "decides about";
  return {
    layer: "bastion",
    verdict,
    nsg: group.name,
    nsgId: group.id,
    rule: rule?.name ?? null,
    priority: rule?.priority ?? null,
    why: `${what} ${does} TCP ${flow.port} ${flow.name}, which Azure Bastion needs`,
    nearMiss: true,
  };
}

/**
 * The session itself first. AzureCloud (443) and Internet (80) outbound are required too, for logs and certificates: their
 * absence ends no session, so they are left out.
 */
function flowsOf(bastion: AddressRange, { destination, port }: Target, hasPublicAddress: boolean): Flow[] {
  const { family, value } = destination;
  const vm: AddressRange = { family, first: value, last: value };
  const inbound = (from: Party, name: string): Flow => ({ direction: "Inbound", from, to: bastion, port: 443, name });
  const hosts = [8080, 5701].flatMap((port): Flow[] =>
    (["Inbound", "Outbound"] as const).map((direction) => {
      return { direction, from: bastion, to: bastion, port, name: `between its hosts (${direction.toLowerCase()})` };
    }),
  );
  return [
    { direction: "Outbound", from: bastion, to: vm, port, name: `to ${formatAddress(destination)}` },
    ...(hasPublicAddress ? [inbound("Internet", "from the clients (Internet)")] : []),
    inbound("GatewayManager", "from GatewayManager"),
    inbound("AzureLoadBalancer", "from AzureLoadBalancer"),
    ...hosts,
  ];
}

/** The first rule by priority that matches decides; an earlier one that may match, with other access, makes it unknown. */
function decide(
  rules: readonly SecurityRule[],
  flow: Flow,
  groupsOfVm: readonly string[],
): { verdict: "allowed" | "denied" | "unknown"; rule: SecurityRule | null } {
  const possible: SecurityRule[] = [];
  for (const rule of rules.toSorted((one, other) => one.priority - other.priority)) {
    const match = ruleMatch(rule, flow, groupsOfVm);
    if (match === "no") continue;
    if (match === "unknown" || rule.access === "Unknown") {
      possible.push(rule);
      continue;
    }
    const doubt = possible.find(({ access }) => access !== rule.access);
    if (doubt) return { verdict: "unknown", rule: doubt };
    return { verdict: rule.access === "Allow" ? "allowed" : "denied", rule };
  }
  return { verdict: "unknown", rule: possible[0] ?? null };
}

function ruleMatch(rule: SecurityRule, { direction, from, to, port }: Flow, groupsOfVm: readonly string[]): RuleMatch {
  if (rule.direction !== direction) return "no";
  // Application security groups hold NICs of VMs: the one of this VM, and never a Bastion host.
  const isMember = rule.destinationGroups.some((id) =>
    groupsOfVm.some((own) => own.toLowerCase() === id.toLowerCase()),
  );
  return allMatch([
    protocolMatch(rule.protocol),
    anyMatch(rule.sourcePorts.map((ports) => portMatch(ports, 1024, 65_535))),
    anyMatch(rule.destinationPorts.map((ports) => portMatch(ports, port, port))),
    partyMatch(rule.sources, from, rule.access),
    isMember && direction === "Outbound" ? "yes" : partyMatch(rule.destinations, to, rule.access),
  ]);
}

function partyMatch(words: readonly string[], party: Party, access: SecurityRule["access"]): RuleMatch {
  return anyMatch(words.map((word) => wordMatch(word, party, access)));
}

function wordMatch(word: string, party: Party, access: SecurityRule["access"]): RuleMatch {
  const { tags, ranges, unknownWord } = readPrefixes([word]);
  const [tag] = tags;
  const [range] = ranges;
  if (tag === "*") return "yes";
  if (typeof party === "object") {
    if (range) return rangeMatch(range, party);
    return unknownWord ? "unknown" : tag === "virtualnetwork" ? "yes" : "no";
  }
  if (word.toLowerCase() === party.toLowerCase() || (range && prefixLength(range) === 0)) return "yes";
  switch (party) {
    case "AzureLoadBalancer":
      // 168.63.129.16, which the tag VirtualNetwork has too.
      return tag === "virtualnetwork" || platformRanges.some((own) => range && rangeMatch(range, own) === "yes")
        ? "yes"
        : "no";
    case "GatewayManager":
      // Addresses of Azure, which are part of the Internet, and may be part of another tag. No small range has all of them.
      if (tag !== undefined) return tag === "internet" ? "yes" : "no";
      return access === "Allow" && range && (isPrivate(range) || prefixLength(range) >= 16) ? "no" : "unknown";
    case "Internet":
      // Azure: the Internet, or the public addresses of the clients. Some of them are enough.
      if (access !== "Allow" || tag !== undefined || /^gatewaymanager$/i.test(word)) return "no";
      return range ? (isPrivate(range) ? "no" : "yes") : "unknown";
  }
}

function isPrivate({ family, first }: AddressRange): boolean {
  return anyRangeContains(privateRanges, { family, value: first });
}

function rangeMatch(range: AddressRange, party: AddressRange): RuleMatch {
  if (range.family !== party.family || range.last < party.first || party.last < range.first) return "no";
  return range.first <= party.first && party.last <= range.last ? "yes" : "unknown";
}
