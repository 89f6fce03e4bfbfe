import { z } from "zod";
import type { AdminRule } from "../../core/network-evidence.ts";
import { parseResponse, UnexpectedResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import type { NetworkId } from "./network-id.ts";
import { neverEmpty, wordOf } from "./security-rule.ts";

const Prefixes = z.array(z.object({ addressPrefix: z.string().nullish() })).nullish();
const Ports = z.array(z.string()).nullish();

/** A rule of an administrator. Of those that every network manager brings along, a field may be left out. */
const Rule = z
  .object({
    id: z.string().nullish(),
    priority: z.number().int(),
    direction: wordOf(["Inbound", "Outbound"]),
    access: wordOf(["Allow", "AlwaysAllow", "Deny"]),
    protocol: z.string().nullish(),
    sources: Prefixes,
    destinations: Prefixes,
    sourcePortRanges: Ports,
    destinationPortRanges: Ports,
  })
  .transform(
    (rule): AdminRule => ({
      name: rule.id?.split("/").at(-1) ?? "(no name)",
      priority: rule.priority,
      direction: rule.direction,
      access: rule.access,
      protocol: !rule.protocol || rule.protocol === "Any" ? "*" : rule.protocol,
      sources: prefixes(rule.sources),
      sourcePorts: neverEmpty(rule.sourcePortRanges ?? []),
      destinations: prefixes(rule.destinations),
      destinationPorts: neverEmpty(rule.destinationPortRanges ?? []),
      sourceGroups: [],
      destinationGroups: [],
    }),
  );

function prefixes(list: z.infer<typeof Prefixes>): string[] {
  return neverEmpty((list ?? []).flatMap(({ addressPrefix }) => addressPrefix || []));
}

const Page = z.object({ value: z.array(Rule).nullish(), skipToken: z.string().nullish() });

/** No network has so many rules; a list that never ends is broken. */
const maximumPages = 20;

/**
 * Reads the security admin rules that network managers have put in effect on a virtual network. Needs the right
 * `Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action`.
 */
export async function readAdminRules(clients: Clients, network: NetworkId): Promise<AdminRule[]> {
  const client = clients.network(network.subscriptionId);
  const rules: AdminRule[] = [];
  let skipToken: string | null = null;
  for (let page = 0; page < maximumPages; page++) {
    const answer = await client.listNetworkManagerEffectiveSecurityAdminRules(
      network.resourceGroup,
      network.name,
      skipToken ? { skipToken } : {},
    );
    const { value, skipToken: next } = parseResponse(Page, answer, "list of security admin rules");
    rules.push(...(value ?? []).filter(({ direction }) => direction === "Inbound"));
    if (!next) return rules;
    skipToken = next;
  }
  throw new UnexpectedResponse(`list of security admin rules: more than ${maximumPages} pages`);
}
