import { z } from "zod";

/** ARM accepts these words in any case and returns them as written. */
export function wordOf<const T extends string>(words: readonly T[]) {
  return z.string().transform((given, context) => {
    const known = words.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
    if (known !== undefined) return known;
    context.addIssue(`unknown word "${given}"`);
    return z.NEVER;
  });
}

/** Like `wordOf`, but a word that this version does not know becomes `otherwise`, and costs its own part only. */
export function wordOr<const T extends string, const U extends string>(words: readonly T[], otherwise: U) {
  return z.string().transform((given): T | U => {
    return words.find((candidate) => candidate.toLowerCase() === given.toLowerCase()) ?? otherwise;
  });
}

export const optionalText = z.string().nullish();
export const optionalTexts = z.array(z.string()).nullish();

/** The fields that configured and effective rules share. */
export const ruleFields = {
  name: z.string(),
  priority: z.number().int(),
  direction: wordOf(["Inbound", "Outbound"]),
  access: wordOr(["Allow", "Deny"], "Unknown"),
  sourceAddressPrefix: optionalText,
  sourceAddressPrefixes: optionalTexts,
  sourcePortRange: optionalText,
  sourcePortRanges: optionalTexts,
  destinationAddressPrefix: optionalText,
  destinationAddressPrefixes: optionalTexts,
  destinationPortRange: optionalText,
  destinationPortRanges: optionalTexts,
};

/** Merges the singular and the plural field. ARM omits the unused one or leaves it empty. */
export function mergeSingularAndPlural(
  single: string | null | undefined,
  several: string[] | null | undefined,
): string[] {
  return [...new Set([single ?? "", ...(several ?? [])])].filter((item) => item !== "");
}

/** Placeholder for an empty list: it is not an address, so its match is unknown. */
const unnamed = "(not named)";

/** Replaces an empty list by the placeholder: a rule that names nothing must not count as matching nothing. */
export function neverEmpty(list: readonly string[]): string[] {
  return list.length > 0 ? [...list] : [unnamed];
}
