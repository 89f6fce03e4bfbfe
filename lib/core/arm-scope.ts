import { z } from "zod";
import { armPath, readArmPath } from "./resource-id.ts";
import { kindOfType, scaleSetType } from "./vm-kinds.ts";

/** Azure's rule for the names of resource groups: letters, digits, _ - . ( ), and no dot at the end; so never `..`. */
export const ResourceGroupName = z.string().regex(/^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u);

const resourceName = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?";
const names = new RegExp(`^${resourceName}(?:/[0-9]{1,10})?$`);
const outer =
  /^(\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/resourceGroups\/([^/]+))?)(\/providers\/.+)?$/i;

/** A part of Azure: a subscription, a resource group in it, or one machine or scale set in that. `null` where it ends. */
export interface ArmScope {
  readonly subscriptionId: string;
  readonly resourceGroup: string | null;
  /** Type and name as in ArmPath: a machine of any kind, or a scale set with all of its instances. */
  readonly resource: { readonly type: string; readonly name: string } | null;
}

/**
 * Reads the resource id of a subscription, resource group, VM or scale set; `null` for any other text. A scope becomes a
 * part of request paths: `..`, escapes, queries and empty segments are no names.
 */
export function parseArmScope(text: string): ArmScope | null {
  const id = text.trim().replace(/\/$/, "");
  const [, , subscriptionId, resourceGroup = null, below] = outer.exec(id) ?? [];
  if (!subscriptionId || (resourceGroup !== null && !ResourceGroupName.safeParse(resourceGroup).success)) return null;
  if (below === undefined) return { subscriptionId, resourceGroup, resource: null };
  const { type = "", name = "" } = readArmPath(id) ?? {};
  const isKnown = kindOfType(type) !== null || isScaleSetType(type);
  return isKnown && names.test(name) ? { subscriptionId, resourceGroup, resource: { type, name } } : null;
}

/** Whether the scope holds machines, and is none: those of a uniform scale set are its instances. */
export function holdsMachines({ resource }: ArmScope): boolean {
  return resource === null || isScaleSetType(resource.type);
}

function isScaleSetType(type: string): boolean {
  return type.toLowerCase() === scaleSetType.toLowerCase();
}

/** Whether a resource id is that of the scope or lies below it. */
export function isWithin(id: string, { subscriptionId, resourceGroup, resource }: ArmScope): boolean {
  const group = resourceGroup === null ? "" : `/resourceGroups/${resourceGroup}`;
  const own = `/subscriptions/${subscriptionId}${group}`;
  const whole = resource && resourceGroup !== null ? armPath({ subscriptionId, resourceGroup, ...resource }) : own;
  const prefix = foldId(whole);
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
