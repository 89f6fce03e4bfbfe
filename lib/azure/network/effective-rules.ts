import { z } from "zod";
import type { EffectiveGroup, NetworkInterface, SecurityRule } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { type NetworkId, Reference } from "./network-id.ts";
import { crossCheckMs, readPartWithin } from "./partial-evidence.ts";
import { mergeSingularAndPlural, neverEmpty, optionalTexts, ruleFields } from "./security-rule.ts";

/** Azure puts the kind of rule before its name, e.g. `securityRules/allow-rdp`. */
const ownName = /^(defaultS|s)ecurityRules\//;

/** One effective rule, with singular and plural fields merged and tags expanded. */
const Rule = z
  .object({
    ...ruleFields,
    protocol: z.string(),
    expandedSourceAddressPrefix: optionalTexts,
    expandedDestinationAddressPrefix: optionalTexts,
  })
  .transform(
    (rule): SecurityRule => ({
      name: rule.name.replace(ownName, ""),
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

/** Tags that the evaluation knows are kept, because the expanded list need not be complete for them. */
const knownTags = ["*", "internet", "azureloadbalancer"];

/**
 * The configured prefixes together with their expansion. Other tags are dropped when there is an expansion, which is
 * more exact.
 */
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
type Association = z.infer<typeof Association>;

/** The rules are parsed later: only inbound ones, and only those of security groups. */
const Answer = z.object({
  value: z
    .array(
      z.object({
        networkSecurityGroup: Reference,
        association: Association.nullish(),
        effectiveSecurityRules: z
          .array(z.looseObject({ direction: z.string(), access: z.string().nullish() }))
          .nullish(),
      }),
    )
    .nullish(),
});

/**
 * Reads the effective rules of a NIC: a long-running operation, only for a running VM with a security
 * group. Needs the rights `networkInterfaces/effectiveNetworkSecurityGroups/action` and
 * `locations/operationResults/read` of Microsoft.Network. `null`: no security group is in effect.
 */
export async function readEffectiveRules(clients: Clients, nic: NetworkId): Promise<NetworkInterface["effective"]> {
  return readPartWithin(
    `list the rules in effect at ${nic.name}`,
    crossCheckMs,
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

/**
 * The groups at a subnet or at the NIC. An entry that stands at a network manager alone is dropped before its rules are
 * read: the security admin rules are read separately. Azure's own example has one entry with network manager, subnet and
 * NIC in its association (azure-rest-api-specs, NetworkInterfaceEffectiveNSGList.json).
 */
function groupsIn(answer: unknown): EffectiveGroup[] {
  const { value } = parseResponse(Answer, answer, "list of rules in effect");
  return (value ?? []).flatMap(({ networkSecurityGroup, association, effectiveSecurityRules }) => {
    const places = placesOf(association);
    if (!networkSecurityGroup || places.length === 0) return [];
    const { id, name } = networkSecurityGroup.id;
    const inbound = (effectiveSecurityRules ?? []).filter(({ direction }) => !isWord(direction, "Outbound"));
    const rules = inbound.flatMap((rule) => readRule(rule, Boolean(association?.networkManager)));
    return places.map((subnetId) => ({ subnetId, group: { id, name, rules } }));
  });
}

function placesOf(association: Association | null | undefined): EffectiveGroup["subnetId"][] {
  return [association?.subnet?.id.id ?? [], association?.networkInterface ? null : []].flat();
}

/**
 * Beside a network manager an entry may have rules of both. `AlwaysAllow` exists for security admin rules only. Of the
 * others a group's own have names with a kind before them; what has none is evaluated as unknown.
 */
function readRule(given: { access?: string | null | undefined; name?: unknown }, isMixed: boolean): SecurityRule[] {
  if (isWord(given.access, "AlwaysAllow")) return [];
  const rule = parseResponse(Rule, given, "rule in effect");
  const isOwn = !isMixed || ownName.test(String(given.name));
  return [isOwn ? rule : { ...rule, access: "Unknown" }];
}

function isWord(given: string | null | undefined, word: string): boolean {
  return given?.toLowerCase() === word.toLowerCase();
}
