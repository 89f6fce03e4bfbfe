import type { WorldVm } from "../../world.ts";
import type { WorldRule, WorldSecurityGroup } from "../../world-network.ts";
import { asgId, idOf, type NetworkResource, networkResource } from "./network-resource.ts";

/** A network security group with its own rules and the default rules. */
export function securityGroupOf(vm: WorldVm, group: WorldSecurityGroup): NetworkResource {
  const id = idOf(vm, "networkSecurityGroups", group.name);
  const shown = (kind: string, rules: readonly WorldRule[]) =>
    rules.map((rule) => ({
      name: rule.name,
      id: `${id}/${kind}/${rule.name}`,
      type: `Microsoft.Network/networkSecurityGroups/${kind}`,
      etag: 'W/"1"',
      properties: ruleProperties(rule, (name) => asgId(vm, name)),
    }));
  return networkResource(vm, "networkSecurityGroups", group.name, {
    securityRules: shown("securityRules", group.rules),
    defaultSecurityRules: shown("defaultSecurityRules", defaultRules),
  });
}

/** The properties of one rule as ARM stores them: a list in the plural field, a single value in the singular field. */
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
    ...oneOrMany("sourcePortRange", "sourcePortRanges", rule.sourcePorts),
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

/** The default rules that Azure adds to every group. */
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
  sourcePorts: "*",
  sourceGroups: [],
  destinationGroups: [],
}));
