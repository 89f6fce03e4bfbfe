import type { WorldAdminRule, WorldRule } from "../../world-network.ts";
import type { Machine } from "../machine.ts";
import { type EffectiveGroup, listPrefixes, wordOf } from "../network/effective-rules.ts";
import type { OracleWords } from "../network/network-oracle.ts";
import { idOf } from "../network/network-resource.ts";
import { defaultRules } from "../network/security-groups.ts";

/* Effective rules in the form in which Microsoft.Network lists them, which differs from the form of its resources. */

export function effectiveGroupResponse(
  one: EffectiveGroup,
  { spec }: Machine,
  nicId: string,
  subnet: string,
  words: OracleWords,
): object {
  const subnetId = `${idOf(spec, "virtualNetworks", spec.network.name)}/subnets/${subnet}`;
  return {
    networkSecurityGroup: { id: idOf(spec, "networkSecurityGroups", one.group.name) },
    association: one.at === "subnet" ? { subnet: { id: subnetId } } : { networkInterface: { id: nicId } },
    effectiveSecurityRules: one.rules.map((rule) => showRule(rule, words)),
  };
}

function showRule(rule: WorldRule, words: OracleWords): object {
  return {
    name: responseName(rule.name),
    protocol: rule.protocol === "*" ? "All" : rule.protocol,
    ...numbered("sourcePortRange", "sourcePortRanges", listPrefixes(rule.sourcePorts).map(asRange)),
    ...numbered("destinationPortRange", "destinationPortRanges", listPrefixes(rule.ports).map(asRange)),
    ...shownPrefixes("source", rule.sourceGroups, rule.source, words),
    ...shownPrefixes("destination", rule.destinationGroups, rule.destination, words),
    access: rule.access,
    priority: rule.priority,
    direction: rule.direction,
  };
}

/** The rule's name with the kind of the rule as prefix. */
export function responseName(name: string): string {
  return `${defaultRules.some((rule) => rule.name === name) ? "defaultSecurityRules" : "securityRules"}/${name}`;
}

/** The prefixes as configured (`*` as 0.0.0.0/0), and the expanded prefixes of service tags and groups. */
function shownPrefixes(
  side: "source" | "destination",
  groups: readonly string[],
  value: string | readonly string[],
  words: OracleWords,
): object {
  const written =
    groups.length > 0 ? [] : listPrefixes(value).map((one) => (one === "*" ? "0.0.0.0/0" : withLength(one)));
  const meant = [...groups.map(wordOf), ...written].flatMap((word) => meaningOf(word, words));
  const expanded = side === "source" ? "expandedSourceAddressPrefix" : "expandedDestinationAddressPrefix";
  return {
    ...numbered(`${side}AddressPrefix`, `${side}AddressPrefixes`, written),
    ...(meant.length > 0 && { [expanded]: meant.map(withLength) }),
  };
}

function meaningOf(word: string, { inside, words }: OracleWords): readonly string[] {
  if (/^virtualnetwork$/i.test(word)) return [...inside, "168.63.129.16"];
  if (/^azureloadbalancer$/i.test(word)) return ["168.63.129.16"];
  return words[word.toLowerCase()] ?? [];
}

function withLength(prefix: string): string {
  if (!/^[\d.]+$|^[0-9a-f:]*:[0-9a-f:]*$/i.test(prefix)) return prefix;
  return `${prefix}/${prefix.includes(":") ? 128 : 32}`;
}

function numbered(single: string, plural: string, values: readonly string[]): object {
  return values.length === 1 ? { [single]: values[0] } : { [plural]: values };
}

function asRange(port: string): string {
  if (port === "*") return "0-65535";
  return port.includes("-") ? port : `${port}-${port}`;
}

/** A security admin rule of a network manager. */
export function adminRuleResponse(rule: WorldAdminRule, { spec }: Machine): object {
  const prefixes = (value: string | readonly string[]) =>
    listPrefixes(value).map((addressPrefix) => ({
      addressPrefix,
      addressPrefixType: /^[\d*]|:/.test(addressPrefix) ? "IPPrefix" : "ServiceTag",
    }));
  return {
    kind: "Custom",
    id: `${idOf(spec, "networkManagers", "manager")}/securityAdminConfigurations/baseline/ruleCollections/rdp/rules/${rule.name}`,
    configurationDescription: "",
    ruleCollectionDescription: "",
    ruleCollectionAppliesToGroups: [],
    ruleGroups: [],
    properties: {
      protocol: rule.protocol,
      sources: prefixes(rule.source),
      destinations: prefixes(rule.destination),
      sourcePortRanges: ["0-65535"],
      destinationPortRanges: listPrefixes(rule.ports).map(asRange),
      access: rule.access,
      priority: rule.priority,
      direction: rule.direction,
      provisioningState: "Succeeded",
    },
  };
}
