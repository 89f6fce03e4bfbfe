/**
 * Makes untrusted text safe to log, store and show: one line, at most `maximum` UTF-16 units, without control,
 * direction-changing or broken characters.
 */
export function plainText(text: string, maximum: number): string {
  // Cut first: the pattern then also removes half of a surrogate pair that the cut leaves.
  return text
    .trim()
    .slice(0, maximum)
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
}
