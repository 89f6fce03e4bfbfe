import { plainText } from "./plain-text.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text of people, guests and Azure for HTML or SVG, in an element or in a quoted attribute. It can neither become
 * markup nor hide or reorder other text.
 */
export function html(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (letter) => entities[letter] ?? "");
}
