import { z } from "zod";
import { readArmPath } from "../../core/resource-id.ts";

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

const instanceType = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines";

/**
 * The id of a resource of Microsoft.Network, or of one that an instance of a uniform scale set has as its child instead, of
 * these types. `names` then has those of scale set, instance and each child, as the SDK needs them.
 */
function networkOrInstance(types: string) {
  return z.string().transform((id, context) => {
    const network = NetworkId.safeParse(id);
    if (network.success) return { ...network.data, names: null };
    const read = readArmPath(id);
    if (read?.type.toLowerCase() !== `${instanceType}/${types}`.toLowerCase()) {
      context.addIssue(`"${id}" is no id of a network resource`);
      return z.NEVER;
    }
    const { subscriptionId, resourceGroup } = read;
    const names = read.name.split("/");
    return { id, root: id, subscriptionId, resourceGroup, name: names.at(-1) ?? "", names };
  });
}

export const InterfaceId = networkOrInstance("networkInterfaces");
export const PublicAddressId = networkOrInstance("networkInterfaces/ipConfigurations/publicIPAddresses");
export type PublicAddressId = z.infer<typeof PublicAddressId>;

export const Reference = z.object({ id: NetworkId }).nullish();
export const PublicAddressReference = z.object({ id: PublicAddressId }).nullish();
export const References = z.array(z.object({ id: NetworkId })).nullish();

export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
