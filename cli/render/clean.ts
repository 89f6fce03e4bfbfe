import { stripVTControlCharacters } from "node:util";

/**
 * Text from a guest or from Azure, made safe for a terminal: without escape sequences, control characters and direction
 * marks, so that it can neither move the cursor nor imitate other output.
 */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/\p{Cf}/gu, "")
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "");
}

/** The same value with every string in it cleaned. */
export function cleanAll<T>(value: T): T {
  return cleanJson(value) as T;
}

function cleanJson(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanJson(inner)]));
}
