import { z } from "zod";
import type { EffectiveGroup, NetworkInterface, SecurityRule } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { type NetworkId, Reference } from "./network-id.ts";
import { readPartWithin } from "./partial-evidence.ts";
import { mergeSingularAndPlural, neverEmpty, optionalTexts, ruleFields } from "./security-rule.ts";

/** How long Azure may take to list the rules in effect, which is only a cross-check: a repair does not wait for it. */
export const effectiveRulesWithinMs = 8_000;

/** One rule as Azure lists it, its singular and plural fields merged and its tags written out. */
const Rule = z
  .object({
    ...ruleFields,
    protocol: z.string(),
    expandedSourceAddressPrefix: optionalTexts,
    expandedDestinationAddressPrefix: optionalTexts,
  })
  .transform(
    (rule): SecurityRule => ({
      // Azure puts the kind of rule before its name, e.g. `securityRules/allow-rdp`.
      name: rule.name.replace(/^(defaultS|s)ecurityRules\//, ""),
      priority: rule.priority,
      direction: rule.direction,
      access: rule.access,
      protocol: rule.protocol === "All" ? "*" : rule.protocol,
      sources: prefixes(
        mergeSingularAndPlural(rule.sourceAddressPrefix, rule.sourceAddressPrefixes),
        rule.expandedSourceAddressPrefix ?? [],
      ),
      sourcePorts: neverEmpty(mergeSingularAndPlural(rule.sourcePortRange, rule.sourcePortRanges)),
      destinations: prefixes(
        mergeSingularAndPlural(rule.destinationAddressPrefix, rule.destinationAddressPrefixes),
        rule.expandedDestinationAddressPrefix ?? [],
      ),
      destinationPorts: neverEmpty(mergeSingularAndPlural(rule.destinationPortRange, rule.destinationPortRanges)),
      sourceGroups: [],
      destinationGroups: [],
    }),
  );

/** Tags whose meaning is known: they are kept, because the list beside them need not be about them. */
const knownTags = ["*", "internet", "azureloadbalancer"];

/** What is written beside what Azure says it stands for. Any other tag is left out where there is a list: that says more. */
function prefixes(written: readonly string[], expanded: readonly string[]): string[] {
  const isKnown = (prefix: string) => knownTags.includes(prefix.toLowerCase());
  // The list of the Internet alone is long, and says nothing new.
  if (written.length > 0 && written.every(isKnown)) return [...written];
  if (expanded.length === 0) return neverEmpty(written);
  return [...new Set([...written.filter((prefix) => isKnown(prefix) || isAddress(prefix)), ...expanded])];
}

function isAddress(prefix: string): boolean {
  return prefix.includes(".") ? /^[\d./]+$/.test(prefix) : prefix.includes(":");
}

const Association = z.object({ subnet: Reference, networkInterface: Reference, networkManager: Reference });

const Answer = z.object({
  value: z
    .array(
      z.object({
        networkSecurityGroup: Reference,
        association: Association.nullish(),
        effectiveSecurityRules: z.array(Rule).nullish(),
      }),
    )
    .nullish(),
});

/**
 * Asks Azure for the rules in effect at a NIC. A long-running operation, for a running VM behind a security group
 * alone. Needs the rights `networkInterfaces/effectiveNetworkSecurityGroups/action` and
 * `locations/operationResults/read` of Microsoft.Network. `null`: no security group is in effect.
 */
export async function readEffectiveRules(clients: Clients, nic: NetworkId): Promise<NetworkInterface["effective"]> {
  return readPartWithin(
    `list the rules in effect at ${nic.name}`,
    effectiveRulesWithinMs,
    (options) =>
      clients
        .network(nic.subscriptionId)
        .networkInterfaces.listEffectiveNetworkSecurityGroups(nic.resourceGroup, nic.name, options),
    (answer) => {
      const groups = groupsIn(answer);
      return groups.length > 0 ? groups : null;
    },
  );
}

/** What a network manager adds to the list is left out: the security admin rules are asked for by themselves. */
function groupsIn(answer: unknown): EffectiveGroup[] {
  const { value } = parseResponse(Answer, answer, "list of rules in effect");
  return (value ?? []).flatMap(({ networkSecurityGroup, association, effectiveSecurityRules }) => {
    if (!networkSecurityGroup || association?.networkManager) return [];
    const { id, name } = networkSecurityGroup.id;
    const rules = (effectiveSecurityRules ?? []).filter(({ direction }) => direction === "Inbound");
    const places = [association?.subnet?.id.id ?? [], association?.networkInterface ? null : []].flat();
    return places.map((subnetId) => ({ subnetId, group: { id, name, rules } }));
  });
}
