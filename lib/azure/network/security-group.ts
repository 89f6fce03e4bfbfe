import { z } from "zod";
import type { SecurityGroup, SecurityRule } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import { mergeSingularAndPlural, ruleFields, wordOf } from "./security-rule.ts";

const groups = z.array(z.object({ id: z.string() })).nullish();

/** One rule as the SDK gives it, singular and plural merged. A rule that could match nothing is misread. */
const Rule = z
  .object({
    ...ruleFields,
    protocol: wordOf(["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]),
    sourceApplicationSecurityGroups: groups,
    destinationApplicationSecurityGroups: groups,
  })
  .transform(
    (rule): SecurityRule => ({
      name: rule.name,
      priority: rule.priority,
      direction: rule.direction,
      access: rule.access,
      protocol: rule.protocol,
      sources: mergeSingularAndPlural(rule.sourceAddressPrefix, rule.sourceAddressPrefixes),
      sourcePorts: mergeSingularAndPlural(rule.sourcePortRange, rule.sourcePortRanges),
      destinations: mergeSingularAndPlural(rule.destinationAddressPrefix, rule.destinationAddressPrefixes),
      destinationPorts: mergeSingularAndPlural(rule.destinationPortRange, rule.destinationPortRanges),
      sourceGroups: (rule.sourceApplicationSecurityGroups ?? []).map(({ id }) => id),
      destinationGroups: (rule.destinationApplicationSecurityGroups ?? []).map(({ id }) => id),
    }),
  )
  .refine((rule) => rule.sources.length + rule.sourceGroups.length > 0, "names no source")
  .refine((rule) => rule.destinations.length + rule.destinationGroups.length > 0, "names no destination")
  .refine((rule) => rule.sourcePorts.length > 0 && rule.destinationPorts.length > 0, "names no port");

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
