import { z } from "zod";

/** The id of a Microsoft.Network resource, or of a part of one, split into the arguments that the SDK needs. */
export const NetworkId = z.string().transform((id, context) => {
  const parts =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/[^/]+\/([^/]+)/i.exec(id);
  const [root, subscriptionId, resourceGroup, name] = parts ?? [];
  if (root && subscriptionId && resourceGroup && name) return { id, root, subscriptionId, resourceGroup, name };
  context.addIssue(`"${id}" is no id of a network resource`);
  return z.NEVER;
});
/** `id` as given; `root` without the part: a subnet, a pool, a rule. */
export type NetworkId = z.infer<typeof NetworkId>;

export const Reference = z.object({ id: NetworkId }).nullish();
export const References = z.array(z.object({ id: NetworkId })).nullish();

export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
