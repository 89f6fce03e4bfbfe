/**
 * Text of a stranger made safe to log, store and show: one line, at most `maximum` UTF-16 units, without control,
 * direction-changing or broken characters.
 */
export function plainText(text: string, maximum: number): string {
  // Cutting first lets the pattern take the half of a surrogate pair that a cut may leave.
  return text
    .trim()
    .slice(0, maximum)
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
}
