import { type Address, type AddressRange, parseRange, prefixLength } from "../core/address.ts";
import { leastPrefixLength } from "../core/network-proposal.ts";
import type { NetworkPath } from "./network-path.ts";
import { boundariesWithin, rangeBoundariesOf } from "./range-boundaries.ts";
import { originOf } from "./topology.ts";

/** The clients to evaluate: the virtual network of the VM, the Internet, or a range of addresses. */
export type Source =
  | { readonly kind: "virtual-network" | "internet" }
  | { readonly kind: "range"; readonly range: AddressRange };

/** Parses a source: an address, a CIDR or one of the two tags; `null` for anything else. */
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

/** Whether a range is too large to be allowed by a proposed rule. */
export function isTooBroad(range: AddressRange): boolean {
  return prefixLength(range) < leastPrefixLength[range.family];
}

/** One address of a source, and the number of addresses from it to the next range boundary: they share its verdict. */
export interface ProbeAddress {
  readonly address: Address;
  readonly size: bigint;
}

/** One address per part of a source between two range boundaries. Together their verdicts hold for the whole source. */
export function probeAddressesOf(source: Source, path: NetworkPath): ProbeAddress[] {
  const { family } = path.destination;
  const sizes = new Map<bigint, bigint>();
  for (const area of areas(source, family, path.topology.reachableRanges)) {
    const starts =
      area.first === area.last ? [area.first] : [area.first, ...boundariesWithin(rangeBoundariesOf(path), area)];
    for (const [index, start] of starts.entries()) {
      if (!sizes.has(start)) sizes.set(start, (starts[index + 1] ?? area.last + 1n) - start);
    }
  }
  const distinct = [...sizes].map(([value, size]) => ({ address: { family, value }, size }));
  if (source.kind !== "internet") return distinct;
  return distinct.filter(({ address }) => originOf(address, path.topology).internet);
}

function areas(source: Source, family: 4 | 6, near: readonly AddressRange[]): AddressRange[] {
  const all = { family, first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
  const ranges = { "virtual-network": near, internet: [all], range: source.kind === "range" ? [source.range] : [] };
  return ranges[source.kind].filter((range) => range.family === family);
}
