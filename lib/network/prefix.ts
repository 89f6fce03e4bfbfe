import { type AddressRange, anyRangeContains, parseRange } from "../core/address.ts";
import { anyMatch, type RuleMatch } from "./match.ts";
import type { Origin } from "./topology.ts";

/** The parsed prefixes of one rule. */
export interface Prefixes {
  readonly tags: readonly Tag[];
  /** A service tag whose addresses are not known here, or an unknown word. */
  readonly unknownWord: boolean;
  readonly ranges: readonly AddressRange[];
}

type Tag = "*" | "virtualnetwork" | "internet" | "azureloadbalancer";

/** Parses prefixes in ARM's spelling. */
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

/** Whether one of the prefixes includes this address. */
export function prefixMatch(prefixes: Prefixes, origin: Origin): RuleMatch {
  return anyRangeContains(prefixes.ranges, origin.address) ? "yes" : tagsMatch(prefixes, origin);
}

/** The same, by tags and unknown words only. */
export function tagsMatch({ tags, unknownWord }: Prefixes, origin: Origin): RuleMatch {
  return anyMatch([unknownWord ? "unknown" : "no", ...tags.map((tag) => tagMatch(tag, origin))]);
}

function tagMatch(tag: Tag, origin: Origin): RuleMatch {
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
