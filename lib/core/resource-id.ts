/** The names of a resource in a resource group. Type and name of a child have one part more than those of its parent. */
export interface ArmPath {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Namespace and types, e.g. `Microsoft.Compute/virtualMachineScaleSets/virtualMachines`. */
  readonly type: string;
  /** One name for each type, e.g. `vmss-app/3`. */
  readonly name: string;
}

/** The resource id: after the namespace types and names alternate. */
export function armPath({ subscriptionId, resourceGroup, type, name }: ArmPath): string {
  const [namespace = "", ...types] = type.split("/");
  const names = name.split("/");
  const rest = types.flatMap((one, index) => [one, names[index] ?? ""]);
  return ["/subscriptions", subscriptionId, "resourceGroups", resourceGroup, "providers", namespace, ...rest].join("/");
}

/**
 * Reads a resource id; `null` for any other text. The names are taken as they are: who uses them for a request has to
 * check them.
 */
export function readArmPath(text: string): ArmPath | null {
  const [, subscriptionId, resourceGroup, namespace, rest = ""] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)((?:\/[^/]+\/[^/]+)+)$/i.exec(text) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || namespace === undefined) return null;
  const words = rest.slice(1).split("/");
  const types = words.filter((_, index) => index % 2 === 0);
  const names = words.filter((_, index) => index % 2 === 1);
  return { subscriptionId, resourceGroup, type: [namespace, ...types].join("/"), name: names.join("/") };
}
