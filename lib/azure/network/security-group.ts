import { z } from "zod";
import type { SecurityGroup, SecurityRule } from "../../core/network-evidence.ts";
import { readDescription } from "../../core/network-proposal.ts";
import { parseResponse } from "../call-azure.ts";
import { mergeSingularAndPlural, neverEmpty, optionalText, ruleFields } from "./security-rule.ts";

const groups = z.array(z.object({ id: z.string() })).nullish();

const protocols = ["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"];

/**
 * One rule as the SDK gives it, singular and plural merged. What this version cannot read (an unknown protocol or
 * access, no source, no port) makes the rule's match unknown, and nothing else.
 */
const Rule = z
  .object({
    ...ruleFields,
    protocol: z.string(),
    description: optionalText,
    sourceApplicationSecurityGroups: groups,
    destinationApplicationSecurityGroups: groups,
  })
  .transform((rule): SecurityRule => {
    const sourceGroups = (rule.sourceApplicationSecurityGroups ?? []).map(({ id }) => id);
    const destinationGroups = (rule.destinationApplicationSecurityGroups ?? []).map(({ id }) => id);
    const sources = mergeSingularAndPlural(rule.sourceAddressPrefix, rule.sourceAddressPrefixes);
    const destinations = mergeSingularAndPlural(rule.destinationAddressPrefix, rule.destinationAddressPrefixes);
    const expiresAt = readDescription(rule.description ?? "")?.expiresAt;
    return {
      name: rule.name,
      priority: rule.priority,
      direction: rule.direction,
      access: rule.access,
      protocol: protocols.find((known) => known.toLowerCase() === rule.protocol.toLowerCase()) ?? rule.protocol,
      sources: sourceGroups.length > 0 ? sources : neverEmpty(sources),
      sourcePorts: neverEmpty(mergeSingularAndPlural(rule.sourcePortRange, rule.sourcePortRanges)),
      destinations: destinationGroups.length > 0 ? destinations : neverEmpty(destinations),
      destinationPorts: neverEmpty(mergeSingularAndPlural(rule.destinationPortRange, rule.destinationPortRanges)),
      sourceGroups,
      destinationGroups,
      ...(expiresAt && { expiresAt: new Date(expiresAt).toISOString() }),
    };
  });

const Group = z.object({
  id: z.string(),
  name: z.string(),
  securityRules: z.array(Rule).nullish(),
  // Always there. Without them an evaluation would end in nothing, which could mean anything.
  defaultSecurityRules: z.array(Rule).min(1),
});

/** Reads a network security group as the SDK gives it, its own rules and the defaults together. */
export function readSecurityGroup(answer: unknown): SecurityGroup {
  const { id, name, securityRules, defaultSecurityRules } = parseResponse(Group, answer, "network security group");
  return { id, name, rules: [...(securityRules ?? []), ...defaultSecurityRules] };
}
