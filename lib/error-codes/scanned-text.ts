/*
 * Text of screenshots has mistakes: 0 and O, 1 and l, a wrong letter in a word. Numbers are repaired only where the form
 * is clear; words are compared with a small edit distance.
 */

export interface ScannedNumber {
  readonly value: number;
  /** As it is written. */
  readonly written: string;
  /** `bare`: digits without a prefix, so that the base is not certain. */
  readonly base: "hex" | "decimal" | "bare";
  /** A letter was taken for a digit, such as O for 0. */
  readonly repaired: boolean;
}

const digitFor: Readonly<Record<string, string>> = { O: "0", Q: "0", I: "1", L: "1", "|": "1", S: "5" };

function repairDigits(text: string): string {
  return [...text.toUpperCase()].map((letter) => digitFor[letter] ?? letter).join("");
}

/** Reads a word as a number; `null` when it has not the form of one. Codes have at most 32 bits. */
export function readNumber(written: string): ScannedNumber | null {
  const hex = /^[0OoQ][xX×]([0-9A-Za-z|]+)$/.exec(written)?.[1];
  if (hex !== undefined) {
    const digits = repairDigits(hex);
    const repaired = !/^0[xX]/.test(written) || digits !== hex.toUpperCase();
    return /^[0-9A-F]{1,8}$/.test(digits)
      ? { value: Number.parseInt(digits, 16), written, base: "hex", repaired }
      : null;
  }
  // A result without its prefix, e.g. 8000FFFF.
  if (/^(?=.*\d)(?=.*[A-F])[89A-F][0-9A-F]{7}$/i.test(written)) {
    return { value: Number.parseInt(written, 16), written, base: "hex", repaired: false };
  }
  if (/^-\d{1,10}$/.test(written)) {
    const value = Number(written);
    // HRESULTs are signed in some logs.
    return value >= -0x80000000 ? { value: value >>> 0, written, base: "decimal", repaired: false } : null;
  }
  if (!/^[\dOoIl|]{1,10}$/.test(written) || !/\d/.test(written)) return null;
  const value = Number(repairDigits(written));
  return value <= 0xffffffff ? { value, written, base: "bare", repaired: /\D/.test(written) } : null;
}

/** Whether a word begins like a hexadecimal number. */
export function isLikeHex(written: string): boolean {
  return /^[0OoQ][xX×]/.test(written);
}

/** The letters of a word as they were probably meant, in small letters without accents. */
export function plainWord(word: string): string {
  return word
    .toLowerCase()
    .replace(/ß/g, "ss")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/0/g, "o")
    .replace(/[1|]/g, "l")
    .replace(/5/g, "s")
    .replace(/[^a-z]/g, "");
}

/** Whether two words are equal but for scanning mistakes: none in short words, two in long ones. */
export function isLikeWord(word: string, other: string): boolean {
  const allowed = other.length >= 8 ? 2 : other.length >= 4 ? 1 : 0;
  return Math.abs(word.length - other.length) <= allowed && distance(word, other) <= allowed;
}

/** How many letters are other ones, missing, too many, or exchanged with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const changed = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      const isExchanged = i > 0 && j > 0 && one[i] === other[j - 1] && one[i - 1] === other[j];
      const exchanged = isExchanged ? (before[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(changed, exchanged, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Whether the words occur one after the other, with at most one other word between two of them. */
export function hasPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  return words.some((_, start) => follows(words, start, phrase));
}

function follows(words: readonly string[], start: number, phrase: readonly string[]): boolean {
  let at = start;
  for (const [index, wanted] of phrase.entries()) {
    const step = isLikeWord(words[at] ?? "", wanted)
      ? 0
      : index > 0 && isLikeWord(words[at + 1] ?? "", wanted)
        ? 1
        : null;
    if (step === null) return false;
    at += step + 1;
  }
  return true;
}
