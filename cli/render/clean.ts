import { stripVTControlCharacters } from "node:util";

/**
 * What a guest or Azure wrote, fit for a terminal: no escape sequences, no control or direction characters, so that
 * it can neither move the cursor nor look like what it is not.
 */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/\p{Cf}/gu, "")
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "");
}

/** The same value with every text in it cleaned. */
export function cleanAll<T>(value: T): T {
  return cleanJson(value) as T;
}

function cleanJson(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanJson(inner)]));
}
