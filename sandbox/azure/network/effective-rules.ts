import type { WorldVm } from "../../world.ts";
import type { WorldAdminRule, WorldNic, WorldRule, WorldSecurityGroup } from "../../world-network.ts";
import type { OracleRule, OracleWords } from "./network-oracle.ts";
import { defaultRules } from "./security-groups.ts";

/*
 * The effective rules of this Azure. The resources show only the configured rules; this module also knows the addresses
 * of application security groups, of the ranges behind the gateway, and of service tags.
 */

/** A security group that is effective for a NIC, and where it is associated. */
export interface EffectiveGroup {
  readonly at: "subnet" | "nic";
  readonly group: WorldSecurityGroup;
  readonly rules: readonly WorldRule[];
}

export function effectiveGroups(vm: WorldVm, nic: WorldNic, stale: boolean): EffectiveGroup[] {
  const subnet = vm.network.subnets.find(({ name }) => name === nic.subnet);
  return [
    { at: "subnet" as const, group: subnet?.securityGroup },
    { at: "nic" as const, group: nic.securityGroup },
  ].flatMap(({ at, group }) => (group ? { at, group, rules: [...(stale ? [] : group.rules), ...defaultRules] } : []));
}

/** The addresses for which words stand in the rules of this VM. */
export function sourceWordsOf({ network }: WorldVm): OracleWords {
  const { addressPrefixes, peerings, gatewayTo, serviceTags } = network;
  const inside = [...addressPrefixes, ...peerings.flatMap(({ prefixes }) => prefixes), ...(gatewayTo ?? [])];
  const groups = network.nics.flatMap((nic) =>
    nic.applicationSecurityGroups.map((group) => [wordOf(group), nic] as const),
  );
  const members = Object.fromEntries(
    groups.map(([word]) => [word, groups.filter(([other]) => other === word).flatMap(([, nic]) => addressesOf(nic))]),
  );
  const tags = Object.entries(serviceTags).map(([tag, prefixes]) => [tag.toLowerCase(), prefixes]);
  return { inside, words: { ...Object.fromEntries(tags), ...members } };
}

export function addressesOf({ privateAddress, alsoAt }: WorldNic): string[] {
  return [privateAddress, ...alsoAt.map((place) => place.privateAddress)];
}

/** An application security group as a word of a rule. */
export function wordOf(group: string): string {
  return `group:${group}`.toLowerCase();
}

export function oracleRule(rule: WorldRule): OracleRule {
  const { name, priority, access, direction, protocol, sourceGroups, destinationGroups } = rule;
  return {
    name,
    priority,
    access,
    direction,
    protocol,
    sources: sourceGroups.length > 0 ? sourceGroups.map(wordOf) : listPrefixes(rule.source),
    sourcePorts: listPrefixes(rule.sourcePorts),
    destinations: destinationGroups.length > 0 ? destinationGroups.map(wordOf) : listPrefixes(rule.destination),
    ports: listPrefixes(rule.ports),
  };
}

export function oracleAdminRule({ name, priority, access, direction, protocol, ...rest }: WorldAdminRule): OracleRule {
  return {
    name,
    priority,
    access,
    direction,
    protocol,
    sources: listPrefixes(rest.source),
    sourcePorts: ["*"],
    destinations: listPrefixes(rest.destination),
    ports: listPrefixes(rest.ports),
  };
}

export function listPrefixes(value: string | readonly string[]): string[] {
  return typeof value === "string" ? [value] : [...value];
}
