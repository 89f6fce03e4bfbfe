import type { SecurityGroup } from "../core/azure-evidence.ts";
import { type Address, type AddressRange, contains, parseRange } from "./address.ts";
import { inInternet, localRanges, platformRanges, privateRanges } from "./prefix.ts";

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
 * One address for each part of a source that the groups' rules can tell apart: what holds for the samples holds for
 * all of it. Parts begin where a range that some rule names begins, and right behind where it ends. Of the virtual
 * network only its own address space is sampled; what is peered with it was not read.
 */
export function sampleSource(
  source: Source,
  family: 4 | 6,
  network: readonly AddressRange[],
  groups: readonly SecurityGroup[],
): Address[] {
  const named = groups.flatMap(({ rules }) =>
    rules.flatMap((rule) => rule.sources.flatMap((text) => parseRange(text) ?? [])),
  );
  const borders = [...named, ...network, ...platformRanges, ...privateRanges, ...localRanges]
    .filter((range) => range.family === family)
    .flatMap(({ first, last }) => [first, last + 1n]);
  const samples = areas(source, family, network).flatMap((area) =>
    [area.first, ...borders].map((value) => ({ family, value })).filter((address) => contains(area, address)),
  );
  const distinct = [...new Map(samples.map((address) => [address.value, address])).values()];
  return source.kind === "internet" ? distinct.filter((address) => inInternet(address, network)) : distinct;
}

function areas(source: Source, family: 4 | 6, network: readonly AddressRange[]): AddressRange[] {
  const all = { family, first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
  const ranges = { "virtual-network": network, internet: [all], range: source.kind === "range" ? [source.range] : [] };
  return ranges[source.kind].filter((range) => range.family === family);
}
