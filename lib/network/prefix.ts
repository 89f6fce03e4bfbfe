import { type Address, type AddressRange, anyContains, contains, parseRange } from "./address.ts";

/** Whether something applies. `unsure`: Azure knows, and what was read does not tell. */
export type Match = "yes" | "no" | "unsure";

/** An alternative applies when any of its parts does; one that may apply leaves doubt. */
export function anyMatch(matches: readonly Match[]): Match {
  if (matches.includes("yes")) return "yes";
  return matches.includes("unsure") ? "unsure" : "no";
}

/** A whole applies when all of its parts do. */
export function allMatch(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("unsure") ? "unsure" : "yes";
}

/** Parses prefixes that are written in this file. */
function ranges(...texts: string[]): AddressRange[] {
  return texts.flatMap((text) => parseRange(text) ?? []);
}

/** Where probes of load balancers, the guest agent and DNS come from. It belongs to two tags. */
export const platformRanges = ranges("168.63.129.16/32", "fe80::1234:5678:9abc/128");
/** Addresses that peered networks and networks behind a gateway use; which of them are connected was not read. */
export const privateRanges = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
/** Addresses that never cross the Internet, beside the private ones. */
export const localRanges = ranges(
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "::/127",
  "fe80::/10",
  "ff00::/8",
);

/** Whether the tag `VirtualNetwork` has this address: the network, its peers, what lies behind its gateway, and the platform. */
export function inVirtualNetwork(address: Address, network: readonly AddressRange[]): Match {
  if (anyContains(network, address) || anyContains(platformRanges, address)) return "yes";
  return anyContains(privateRanges, address) ? "unsure" : "no";
}

/** Whether the tag `Internet` has this address: outside the virtual network, and reachable publicly. */
export function inInternet(address: Address, network: readonly AddressRange[]): boolean {
  const elsewhere = [...network, ...platformRanges, ...privateRanges, ...localRanges];
  return !anyContains(elsewhere, address);
}

/**
 * Whether one prefix of a rule, in ARM's spelling, has this address. A service tag whose addresses are not known
 * here is `unsure`, and so is any word that is none.
 */
export function prefixMatch(prefix: string, address: Address, network: readonly AddressRange[]): Match {
  switch (prefix.toLowerCase()) {
    case "*":
    case "any":
      return "yes";
    case "virtualnetwork":
      return inVirtualNetwork(address, network);
    case "internet":
      return inInternet(address, network) ? "yes" : "no";
    case "azureloadbalancer":
      return anyContains(platformRanges, address) ? "yes" : "no";
  }
  const range = parseRange(prefix);
  if (!range) return "unsure";
  return contains(range, address) ? "yes" : "no";
}
