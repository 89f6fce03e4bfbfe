import { type AddressRange, anyContains, parseRange } from "./address.ts";
import { anyMatch, type Match } from "./match.ts";
import type { Origin } from "./surroundings.ts";

/** The prefixes of one rule, read once for all the addresses that will be held against them. */
export interface Prefixes {
  readonly tags: readonly Tag[];
  /** A service tag whose addresses are not known here, or a word that is none. */
  readonly unknownWord: boolean;
  readonly ranges: readonly AddressRange[];
}

type Tag = "*" | "virtualnetwork" | "internet" | "azureloadbalancer";

/** Reads prefixes in ARM's spelling. */
export function readPrefixes(texts: readonly string[]): Prefixes {
  const read = texts.map((text) => readTag(text) ?? parseRange(text) ?? ("unknown" as const));
  const ranges = read.filter((one) => typeof one === "object");
  return {
    tags: read.filter((one) => typeof one === "string").filter((one) => one !== "unknown"),
    unknownWord: read.includes("unknown"),
    ranges,
  };
}

function readTag(text: string): Tag | null {
  switch (text.toLowerCase()) {
    case "*":
    case "any":
      return "*";
    case "virtualnetwork":
      return "virtualnetwork";
    case "internet":
      return "internet";
    case "azureloadbalancer":
      return "azureloadbalancer";
    default:
      return null;
  }
}

/** Whether one of the prefixes has this address. */
export function prefixMatch(prefixes: Prefixes, origin: Origin): Match {
  return anyContains(prefixes.ranges, origin.address) ? "yes" : wordMatch(prefixes, origin);
}

/** The same by tags and unknown words alone. */
export function wordMatch({ tags, unknownWord }: Prefixes, origin: Origin): Match {
  return anyMatch([unknownWord ? "unsure" : "no", ...tags.map((tag) => tagMatch(tag, origin))]);
}

function tagMatch(tag: Tag, origin: Origin): Match {
  switch (tag) {
    case "*":
      return "yes";
    case "virtualnetwork":
      return origin.virtualNetwork;
    case "internet":
      return origin.internet ? "yes" : "no";
    case "azureloadbalancer":
      return origin.platform ? "yes" : "no";
  }
}
