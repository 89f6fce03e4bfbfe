import { productOf } from "../core/installed-products.ts";
import { brief, type Section } from "./_section.ts";

/** The products that filter connections, for people; the same product once. */
export function suspectsOf({ filters, security }: Section<"installedProducts">): string[] {
  const products = security.map((service) => `${productOf(service)} (${service})`);
  return [...new Set([...products, ...filters.map((id) => `network filter ${brief(id)}`)])];
}
