import { z } from "zod";

/** ARM takes these words in any case, and gives them back as they were written. */
export function wordOf<const T extends string>(words: readonly T[]) {
  return z.string().transform((given, context) => {
    const known = words.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
    if (known !== undefined) return known;
    context.addIssue(`unknown word "${given}"`);
    return z.NEVER;
  });
}

export const optionalText = z.string().nullish();
export const optionalTexts = z.array(z.string()).nullish();

/** What a rule has in common as it is written and as it is in effect. */
export const ruleFields = {
  name: z.string(),
  priority: z.number().int(),
  direction: wordOf(["Inbound", "Outbound"]),
  access: wordOf(["Allow", "Deny"]),
  sourceAddressPrefix: optionalText,
  sourceAddressPrefixes: optionalTexts,
  sourcePortRange: optionalText,
  sourcePortRanges: optionalTexts,
  destinationAddressPrefix: optionalText,
  destinationAddressPrefixes: optionalTexts,
  destinationPortRange: optionalText,
  destinationPortRanges: optionalTexts,
};

/** Singular and plural as one list. ARM leaves the unused form out, or empty. */
export function mergeSingularAndPlural(
  single: string | null | undefined,
  several: string[] | null | undefined,
): string[] {
  return [...new Set([single ?? "", ...(several ?? [])])].filter((item) => item !== "");
}

/** What stands where ARM named nothing: a word that is no address, so that whether it applies is not known. */
const unnamed = "(not named)";

/** A list that is never empty: a rule that names nothing may be about anything, and is not to be taken for one about nothing. */
export function neverEmpty(list: readonly string[]): string[] {
  return list.length > 0 ? [...list] : [unnamed];
}
