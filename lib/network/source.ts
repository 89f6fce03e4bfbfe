import { leastPrefixLength } from "../core/network-proposal.ts";
import { type Address, type AddressRange, parseRange, prefixLength } from "./address.ts";
import { bordersOf, bordersWithin } from "./borders.ts";
import { originOf } from "./surroundings.ts";
import type { Way } from "./way.ts";

/** Who asks to connect: the virtual network of the VM, the Internet, or certain addresses. */
export type Source =
  | { readonly kind: "virtual-network" | "internet" }
  | { readonly kind: "range"; readonly range: AddressRange };

/** Reads a source as callers name it; `null` when it is neither an address, a CIDR nor one of the two tags. */
export function parseSource(text: string): Source | null {
  switch (text.trim().toLowerCase()) {
    case "virtualnetwork":
      return { kind: "virtual-network" };
    case "internet":
      return { kind: "internet" };
  }
  const range = parseRange(text);
  return range && { kind: "range", range };
}

/** Whether nobody may be let in by this range: it is no source but a part of the Internet, or all of it. */
export function isTooBroad(range: AddressRange): boolean {
  return prefixLength(range) < leastPrefixLength[range.family];
}

/** One address for each part of a source that the rules can tell apart: what holds for the samples holds for all of it. */
export function sampleSource(source: Source, way: Way): Address[] {
  const { family } = way.destination;
  const values = areas(source, family, way.surroundings.near).flatMap((area) =>
    area.first === area.last ? area.first : [area.first, ...bordersWithin(bordersOf(way), area)],
  );
  const distinct = [...new Set(values)].map((value) => ({ family, value }));
  if (source.kind !== "internet") return distinct;
  return distinct.filter((address) => originOf(address, way.surroundings).internet);
}

function areas(source: Source, family: 4 | 6, near: readonly AddressRange[]): AddressRange[] {
  const all = { family, first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
  const ranges = { "virtual-network": near, internet: [all], range: source.kind === "range" ? [source.range] : [] };
  return ranges[source.kind].filter((range) => range.family === family);
}
