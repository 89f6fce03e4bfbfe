import type { WorldRule } from "../world-network.ts";

/** The properties of one rule as ARM keeps them: a list in the plural field, one value in the singular. */
export function ruleProperties(rule: WorldRule, groupId: (name: string) => string): Record<string, unknown> {
  const { priority, access, direction, protocol, sourceGroups, destinationGroups } = rule;
  const refer = (names: readonly string[]) => names.map((name) => ({ id: groupId(name) }));
  return {
    provisioningState: "Succeeded",
    ...(rule.description !== undefined && { description: rule.description }),
    priority,
    access,
    direction,
    protocol,
    sourcePortRange: "*",
    sourcePortRanges: [],
    ...(sourceGroups.length > 0
      ? { sourceApplicationSecurityGroups: refer(sourceGroups), sourceAddressPrefixes: [] }
      : oneOrMany("sourceAddressPrefix", "sourceAddressPrefixes", rule.source)),
    ...(destinationGroups.length > 0
      ? { destinationApplicationSecurityGroups: refer(destinationGroups), destinationAddressPrefixes: [] }
      : oneOrMany("destinationAddressPrefix", "destinationAddressPrefixes", rule.destination)),
    ...oneOrMany("destinationPortRange", "destinationPortRanges", rule.ports),
  };
}

function oneOrMany(single: string, plural: string, value: string | readonly string[]): Record<string, unknown> {
  return typeof value === "string" ? { [single]: value, [plural]: [] } : { [plural]: value };
}

type Default = [
  name: string,
  priority: number,
  direction: WorldRule["direction"],
  access: WorldRule["access"],
  source: string,
  destination: string,
];

/** What Azure puts at the end of every group. */
export const defaultRules: readonly WorldRule[] = (
  [
    ["AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
    ["AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"],
    ["DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"],
    ["AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
    ["AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"],
    ["DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"],
  ] satisfies Default[]
).map(([name, priority, direction, access, source, destination]) => ({
  name,
  priority,
  direction,
  access,
  protocol: "*",
  source,
  destination,
  ports: "*",
  sourceGroups: [],
  destinationGroups: [],
}));
