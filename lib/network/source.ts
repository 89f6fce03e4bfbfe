import { type Address, type AddressRange, contains, parseRange } from "./address.ts";
import { localRanges, originOf, platformRanges, privateRanges } from "./surroundings.ts";
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

/**
 * One address for each part of a source that the rules of these ways can tell apart: what holds for the samples holds
 * for all of it. Parts begin where a range that some rule names begins, and right behind where it ends.
 */
export function sampleSource(source: Source, way: Way): Address[] {
  const { family } = way.destination;
  const { near, bastions } = way.surroundings;
  const borders = [...rangesOfRules(way), ...near, ...bastions, ...platformRanges, ...privateRanges, ...localRanges]
    .filter((range) => range.family === family)
    .flatMap(({ first, last }) => [first, last + 1n]);
  const samples = areas(source, family, near).flatMap((area) =>
    [area.first, ...borders].map((value) => ({ family, value })).filter((address) => contains(area, address)),
  );
  const distinct = [...new Map(samples.map((address) => [address.value, address])).values()];
  if (source.kind !== "internet") return distinct;
  return distinct.filter((address) => originOf(address, way.surroundings).internet);
}

function rangesOfRules({ admin, hops, hopsAsWritten }: Way): AddressRange[] {
  const groups = [...hops, ...(hopsAsWritten ?? [])].flatMap(({ group }) => ("unreadable" in group ? [] : group.rules));
  const rules = [...("unreadable" in admin ? [] : admin), ...groups];
  return rules.flatMap(({ sources }) => sources.ranges);
}

function areas(source: Source, family: 4 | 6, near: readonly AddressRange[]): AddressRange[] {
  const all = { family, first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
  const ranges = { "virtual-network": near, internet: [all], range: source.kind === "range" ? [source.range] : [] };
  return ranges[source.kind].filter((range) => range.family === family);
}
