import { gunzipSync, gzipSync } from "node:zlib";

/*
 * A long text as properties of a row, compressed. Azure's limits: 64 KiB a property and 1 MiB a row, its other properties
 * included.
 */

const pieceBytes = 64 * 1024;
const mostPieces = 15;
/** An attacker who may write the table could store a small row that unpacks to more than the memory. */
const mostUnpackedBytes = 64 * 1024 * 1024;

/** @param what Names the text in the error. @throws RangeError when it is larger than a row can be. */
export function packText(text: string, what: string): Record<string, Uint8Array> {
  const packed = gzipSync(text);
  if (packed.length > mostPieces * pieceBytes) {
    throw new RangeError(
      `${what} takes ${packed.length} bytes compressed, and a row holds ${mostPieces * pieceBytes}: it is not kept.`,
    );
  }
  const pieces = Array.from({ length: Math.ceil(packed.length / pieceBytes) }, (_, index) => [
    pieceName(index),
    packed.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  ]);
  return Object.fromEntries(pieces);
}

/** @throws Error when the properties are not those of a packed text. */
export function unpackText(row: Readonly<Record<string, unknown>>): string {
  const pieces: Uint8Array[] = [];
  for (let piece = row[pieceName(0)]; piece instanceof Uint8Array; piece = row[pieceName(pieces.length)]) {
    pieces.push(piece);
  }
  return gunzipSync(Buffer.concat(pieces), { maxOutputLength: mostUnpackedBytes }).toString("utf8");
}

function pieceName(index: number): string {
  return `body${String(index).padStart(2, "0")}`;
}
