import { z } from "zod";
import { type WorldRule, WorldRule as WorldRuleSchema } from "../../world-network.ts";
import { invalidRequestContent, resourceNotFound, securityRuleConflict } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply, type Reply } from "../http.ts";
import { groupsWithId, putRule, removeRule } from "../network/rule-changes.ts";
import type { ArmRequest, Handler } from "../route.ts";

const Body = z.object({
  properties: z.object({
    priority: z.int(),
    access: z.string(),
    direction: z.string(),
    protocol: z.string(),
    description: z.string().max(140).optional(),
    sourceAddressPrefix: z.string().optional(),
    sourceAddressPrefixes: z.array(z.string()).default([]),
    destinationAddressPrefix: z.string().optional(),
    destinationAddressPrefixes: z.array(z.string()).default([]),
    destinationPortRange: z.string().optional(),
    destinationPortRanges: z.array(z.string()).default([]),
  }),
});

/** Creates or replaces a rule. It takes effect at once. */
export const putSecurityRule: Handler = (request, azure) => {
  const place = placeOf(request, azure);
  if (!place.groups[0]) return place.notFound;
  const body = Body.safeParse(request.body);
  if (!body.success) return invalidRequestContent(z.prettifyError(body.error));
  const given = body.data.properties;
  const rule = WorldRuleSchema.safeParse({
    name: place.name,
    priority: given.priority,
    access: given.access,
    direction: given.direction,
    protocol: given.protocol,
    source: given.sourceAddressPrefix ?? given.sourceAddressPrefixes,
    destination: given.destinationAddressPrefix ?? given.destinationAddressPrefixes,
    ports: given.destinationPortRange ?? given.destinationPortRanges,
    ...(given.description !== undefined && { description: given.description }),
  });
  if (!rule.success) return invalidRequestContent(z.prettifyError(rule.error));
  const holder = place.groups[0].rules.find((one) => isInTheWay(one, rule.data));
  if (holder) return securityRuleConflict(rule.data, holder.name);
  putRule(place.groups, rule.data);
  return { ...shown(request, azure), status: 201 };
};

export const getSecurityRule: Handler = (request, azure) => shown(request, azure);

export const deleteSecurityRule: Handler = (request, azure) => {
  const { groups, name } = placeOf(request, azure);
  return { status: removeRule(groups, name) ? 200 : 204, headers: {} };
};

function isInTheWay(one: WorldRule, { name, direction, priority }: WorldRule): boolean {
  return one.name !== name && one.direction === direction && one.priority === priority;
}

function placeOf({ path, params }: ArmRequest, { world }: Azure) {
  const { name = "", parent = "", resourceGroup = "" } = params;
  const groups = groupsWithId(world, path.replace(/\/securityRules\/.*$/i, ""));
  return {
    groups,
    name,
    notFound: resourceNotFound(`Microsoft.Network/networkSecurityGroups/${parent}`, resourceGroup),
  };
}

function shown(request: ArmRequest, { network }: Azure): Reply {
  const { name = "", parent = "", resourceGroup = "" } = request.params;
  const group = network.get(request.path.replace(/\/securityRules\/.*$/i, "").toLowerCase());
  const { securityRules = [] } = (group?.properties ?? {}) as { securityRules?: { name: string }[] };
  const rule = securityRules.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const typeAndName = `Microsoft.Network/networkSecurityGroups/${parent}/securityRules/${name}`;
  return rule ? jsonReply(rule) : resourceNotFound(typeAndName, resourceGroup);
}
