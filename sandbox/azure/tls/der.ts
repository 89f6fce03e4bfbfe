/*
 * The DER elements (X.690) of which a certificate consists. Each function returns one complete element: tag, length,
 * contents.
 */

function element(tag: number, contents: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(contents.length), contents]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

export function sequence(...elements: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(elements));
}

export function setOf(...elements: Buffer[]): Buffer {
  return element(0x31, Buffer.concat(elements));
}

/** A positive integer from its big-endian bytes; a leading zero keeps it positive. */
export function integer(bytes: Buffer): Buffer {
  return element(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** UTCTime has a two-digit year, so it is valid until 2049. */
export function utcTime(at: Date): Buffer {
  return element(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`, "ascii"));
}

export function octetString(contents: Buffer): Buffer {
  return element(0x04, contents);
}

export function bitString(contents: Buffer, unusedBits = 0): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([unusedBits]), contents]));
}

/** Context-specific tag `[n]`: explicit around other elements, or implicit around plain contents. */
export function explicit(n: number, ...elements: Buffer[]): Buffer {
  return element(0xa0 | n, Buffer.concat(elements));
}

export function implicit(n: number, contents: Buffer): Buffer {
  return element(0x80 | n, contents);
}
