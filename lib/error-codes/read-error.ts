import type { DialogText } from "./dialog-text.ts";
import { dialogTexts } from "./dialog-texts.ts";
import { findCode, findName, isProtocolError } from "./known-codes.ts";
import { hasPhrase, isLikeHex, isLikeWord, plainWord, readNumber, type ScannedNumber } from "./scanned-text.ts";

/** The parts of an error that were found in a text. Pure data without conclusions. */
export interface ErrorReading {
  readonly code: number | null;
  readonly extended: number | null;
  /** HRESULT and NTSTATUS values. */
  readonly results: readonly number[];
  /** Negotiation failures, which only have names. */
  readonly negotiation: readonly number[];
  readonly event: number | null;
  readonly texts: readonly DialogText[];
  readonly notes: readonly string[];
  readonly notUnderstood: readonly string[];
}

/** Longer input is cut: the dialogs are shorter. */
export const longestErrorText = 2000;

/** The text in one line, bounded, without control and formatting characters. */
export function cleanErrorText(text: string, longest = longestErrorText): string {
  return text
    .normalize("NFKC")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, longest)
    .trim();
}

/** Numbers that are no codes: addresses, dates, times, ids, versions, numbers of a list. */
const noCodes: readonly RegExp[] = [
  /\S*:\/\/\S+/g,
  /\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?/gi,
  /\d{4}-\d{2}-\d{2}T[\d:.]+Z?/g,
  /\b\d+(?:\.\d+){2,}(?::\d+)?\b/g,
  /\b\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b/g,
  /\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AP]M\b)?/gi,
  /(?<=[\s(]|^)\d\)/g,
];

/** Within a word: can't is one word, as is l'ordinateur. */
const apostrophe = /(\p{L})['’‘´`](?=\p{L})/gu;

type Label = "code" | "extended" | "event";

/** A label counts for a number that follows within this many words. */
const labelReach = 3;

/** Reads an error in any usual form: codes, names of enumerations, sentences of a dialog, events of the client. */
export function readError(text: string): ErrorReading {
  const plain = noCodes.reduce((rest, pattern) => rest.replace(pattern, " "), cleanErrorText(text));
  const tokens = (plain.replace(apostrophe, "$1").match(/[^\s,;:/()[\]{}"'=<>!?]+/g) ?? [])
    .map((token) => token.replace(/\.+$/, ""))
    .filter(Boolean);
  const found = nothingFound(tokens.length);
  for (const token of tokens) take(found, token);
  moveLoneExtended(found);
  const words = tokens.map(plainWord).filter(Boolean);
  const texts = dialogTexts.filter((one) => hasPhrase(words, one.words.split(" ")));
  const { code, extended, results, negotiation, event, notes, notUnderstood } = found;
  const isEmpty = [code, extended, event].every((one) => one === null) && results.length + negotiation.length === 0;
  const isLost = isEmpty && texts.length === 0 && notUnderstood.length === 0;
  return {
    code,
    extended,
    results,
    negotiation,
    event,
    texts,
    notes,
    notUnderstood: isLost ? [tokens.join(" ").slice(0, 200)].filter(Boolean) : notUnderstood,
  };
}

/** What was found up to a word of the text. */
interface Found {
  readonly words: number;
  code: number | null;
  /** The code is written as a hexadecimal number, or was read as one. */
  codeIsHex: boolean;
  /** The code was given by its name. */
  named: boolean;
  extended: number | null;
  event: number | null;
  readonly results: number[];
  readonly negotiation: number[];
  readonly notes: string[];
  readonly notUnderstood: string[];
  label: Label | null;
  wordsSinceLabel: number;
}

function nothingFound(words: number): Found {
  return {
    words,
    code: null,
    codeIsHex: false,
    named: false,
    extended: null,
    event: null,
    results: [],
    negotiation: [],
    notes: [],
    notUnderstood: [],
    label: null,
    wordsSinceLabel: 0,
  };
}

function take(found: Found, token: string): void {
  const number = readNumber(token) ?? readBareHex(token);
  const named = findName(token);
  if (number) takeNumber(found, number);
  else if (isLikeHex(token)) found.notUnderstood.push(token);
  else if (named?.list === "client") takeNamed(found, named.row.code);
  else if (named?.list === "extended") found.extended ??= named.row.code;
  else if (named?.list === "result") found.results.push(named.row.code);
  else if (named?.list === "negotiation") found.negotiation.push(named.row.code);
  else takeWord(found, plainWord(token));
}

function takeNamed(found: Found, code: number): void {
  found.named = found.code === null;
  found.code ??= code;
}

function takeWord(found: Found, word: string): void {
  const label = labelOf(word, found.label);
  if (label !== null) {
    found.label = label;
    found.wordsSinceLabel = 0;
  } else if (word !== "id") {
    found.wordsSinceLabel += 1;
    if (found.wordsSinceLabel > labelReach) found.label = null;
  }
}

function labelOf(word: string, before: Label | null): Label | null {
  if (isLikeWord(word, "extended") || word === "ext") return "extended";
  if (word === "event" || word === "eventid") return "event";
  const isCode = ["code", "error", "errorcode", "reason"].some((one) => isLikeWord(word, one));
  return isCode ? (before ?? "code") : null;
}

function takeNumber(found: Found, number: ScannedNumber): void {
  const { value, written, base, repaired } = number;
  const { label } = found;
  found.label = null;
  if (repaired) found.notes.push(`"${written}" was read as ${base === "hex" ? formatHex(value) : value}.`);
  if (value >= 0x80000000) {
    if (!found.results.includes(value)) found.results.push(value);
  } else if (isEvent(found, number, label)) {
    found.event = value;
  } else if (label === null && !mayStandAlone(found, number)) {
    found.notUnderstood.push(written);
  } else if (base === "hex" && found.named && found.code === value && label !== "extended") {
    // A name of an enumeration, and its number after it.
    found.codeIsHex = true;
  } else if (label !== "extended" && found.code === null) {
    found.code = resolveBase(found, number, "client");
    found.codeIsHex = base === "hex" || found.code !== value;
  } else if (found.extended === null) {
    found.extended = resolveBase(found, number, "extended");
  } else {
    found.notUnderstood.push(written);
  }
}

function isEvent({ event }: Found, { value, base }: ScannedNumber, label: Label | null): boolean {
  if (event !== null || base === "hex") return false;
  return label === "event" || (label === null && findCode("event", value) !== null && !findCode("client", value));
}

/** In prose, a number without a label is a code only when it is written like one, or is a known one. */
function mayStandAlone({ words }: Found, { value, base }: ScannedNumber): boolean {
  if (base === "hex" || words <= 4) return true;
  return value >= 0x100 && (findCode("client", value) ?? findCode("client", asHex(value))) !== null;
}

/** Digits without a prefix are decimal or hexadecimal, whichever is known. A note says what was decided. */
function resolveBase(found: Found, { value, base, written }: ScannedNumber, list: "client" | "extended"): number {
  const other = asHex(value);
  if (base !== "bare" || other === value) return value;
  const isKnown = (code: number) => findCode(list, code) !== null;
  const isHex = list === "extended" ? found.codeIsHex : isKnown(other) && !isKnown(value);
  if (isHex) {
    found.notes.push(
      `"${written}" was read as a hexadecimal number, ${formatHex(other)}; as a decimal one it would be ${formatHex(value)}.`,
    );
    return other;
  }
  if (isKnown(value) && isKnown(other)) {
    found.notes.push(
      `"${written}" was read as a decimal number, ${formatHex(value)}. If ${formatHex(other)} is meant, write it so.`,
    );
  }
  return value;
}

/** A single number that only the extended codes have: dialogs about protocol errors show one. */
function moveLoneExtended(found: Found): void {
  const { code, extended, event } = found;
  // The number in an event is a disconnect reason.
  if (code === null || extended !== null || event !== null || findCode("client", code)) return;
  if (!findCode("extended", code) && !isProtocolError(code)) return;
  found.extended = code;
  found.code = null;
  found.notes.push(`${formatHex(code)} is no error code of the client; it was read as an extended error code.`);
}

/** Hexadecimal digits without a prefix: only with a letter, and only a known code, because words look like them. */
function readBareHex(written: string): ScannedNumber | null {
  if (!/^(?=.*\d)(?=.*[A-Fa-f])[0-9A-Fa-f]{3,7}$/.test(written)) return null;
  const value = Number.parseInt(written, 16);
  const known = findCode("client", value) ?? findCode("extended", value);
  return known ? { value, written, base: "hex", repaired: false } : null;
}

/** The digits of a decimal number, read as hexadecimal ones. */
function asHex(value: number): number {
  return Number.parseInt(String(value), 16);
}

export function formatHex(code: number): string {
  return `0x${code.toString(16)}`;
}
