import { type AddressRange, anyRangeContains, prefixLength } from "../core/address.ts";
import { platformRanges, privateRanges } from "../core/address-ranges.ts";
import type { SecurityRule } from "../core/network-evidence.ts";
import { allMatch, anyMatch, type RuleMatch } from "./match.ts";
import { readPrefixes } from "./prefix.ts";
import { portMatch, protocolMatch } from "./rule-table.ts";

/* Flows between addresses and service tags whose addresses are not known, in either direction, by the rules of one group. */

/** One side of a flow: addresses, or a service tag whose addresses are not known here. */
export type Party = AddressRange | "GatewayManager" | "AzureCloud" | "AzureLoadBalancer" | "Internet";

export interface Flow {
  readonly direction: SecurityRule["direction"];
  readonly from: Party;
  readonly to: Party;
  readonly port: number;
  /** As a sentence names it. */
  readonly name: string;
}

/** The first rule by priority that matches decides; an earlier one that may match, with other access, makes it unknown. */
export function decideFlow(
  rules: readonly SecurityRule[],
  flow: Flow,
  groupsOfVm: readonly string[] = [],
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
    case "AzureCloud":
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
