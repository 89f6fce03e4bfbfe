import { plainText } from "../../lib/core/plain-text.ts";

/** Text from a guest or from Azure, made safe for a terminal: it can neither move the cursor nor imitate other output. */
export function cleanText(text: string): string {
  return plainText(text);
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
