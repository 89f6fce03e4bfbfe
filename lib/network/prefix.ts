import type { AddressRange } from "./address.ts";
import { parseRange } from "./address.ts";
import { type AddressSet, addressSet, setHas } from "./address-set.ts";
import { anyMatch, type Match } from "./match.ts";
import type { Origin } from "./surroundings.ts";

/** The prefixes of one rule, read once for all the addresses that will be held against them. */
export interface Prefixes {
  readonly tags: readonly Tag[];
  /** A service tag whose addresses are not known here, or a word that is none. */
  readonly unknownWord: boolean;
  readonly ranges: readonly AddressRange[];
  readonly set: AddressSet;
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
    set: addressSet(ranges),
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
export function prefixMatch({ tags, unknownWord, set }: Prefixes, origin: Origin): Match {
  if (setHas(set, origin.address.family, origin.at)) return "yes";
  if (tags.length === 0) return unknownWord ? "unsure" : "no";
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
