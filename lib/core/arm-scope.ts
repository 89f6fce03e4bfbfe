import { z } from "zod";
import { kindOfType, traitsOf, type VmKind } from "./vm-kinds.ts";

/** Azure's rule for the names of resource groups: letters, digits, _ - . ( ), and no dot at the end; so never `..`. */
export const ResourceGroupName = z.string().regex(/^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u);

const vmName = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?";
const scope = new RegExp(
  `^/subscriptions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/resourceGroups/([^/]+)(?:/providers/([^/]+/[^/]+)/(${vmName}))?)?/?$`,
  "i",
);

/** A part of Azure: a subscription, a resource group in it, or one machine in that. `null` where it ends. */
export interface ArmScope {
  readonly subscriptionId: string;
  readonly resourceGroup: string | null;
  readonly vm: { readonly kind: VmKind; readonly name: string } | null;
}

/**
 * Reads the resource id of a subscription, resource group or VM; `null` for any other text. A scope becomes a part of
 * request paths: `..`, escapes, queries and empty segments are no names.
 */
export function parseArmScope(text: string): ArmScope | null {
  const [, subscriptionId, resourceGroup = null, type, name] = scope.exec(text.trim()) ?? [];
  if (!subscriptionId || (resourceGroup !== null && !ResourceGroupName.safeParse(resourceGroup).success)) return null;
  if (type === undefined || name === undefined) return { subscriptionId, resourceGroup, vm: null };
  const kind = kindOfType(type);
  return kind && { subscriptionId, resourceGroup, vm: { kind, name } };
}

/** Whether a resource id is that of the scope or lies below it. */
export function isWithin(id: string, { subscriptionId, resourceGroup, vm }: ArmScope): boolean {
  const names = ["subscriptions", subscriptionId, "resourceGroups", resourceGroup];
  const own = resourceGroup === null ? names.slice(0, 2) : names;
  const whole = vm === null ? own : [...own, "providers", traitsOf(vm).type, vm.name];
  const prefix = foldId(`/${whole.join("/")}`);
  const folded = foldId(id);
  return folded === prefix || folded.startsWith(`${prefix}/`);
}

/**
 * A resource id in the one spelling for comparisons. Letters differ by case alone, as Azure's ordinal comparison has it:
 * no other character equals an ASCII letter, as by Unicode's rules the Kelvin sign equals k.
 */
export function foldId(id: string): string {
  return id
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replace(/\P{ASCII}/gu, (letter) => {
      const upper = letter.toUpperCase();
      return upper.length === letter.length && !/\p{ASCII}/u.test(upper) ? upper : letter;
    });
}
