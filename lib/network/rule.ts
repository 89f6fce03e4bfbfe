import type { SecurityRule } from "../core/azure-evidence.ts";
import type { Address, AddressRange } from "./address.ts";
import { allMatch, anyMatch, inVirtualNetwork, type Match, prefixMatch } from "./prefix.ts";

/** One TCP connection from outside, as a security group sees it: after address translation, so with private destination. */
export interface Flow {
  readonly source: Address;
  readonly destination: Address;
  readonly port: number;
  /** Ids of the application security groups of the destination. */
  readonly destinationGroups: readonly string[];
  /** Address spaces of the virtual network of the destination. */
  readonly network: readonly AddressRange[];
}

/** Whether an inbound rule speaks about this connection. */
export function ruleMatch(rule: SecurityRule, flow: Flow): Match {
  if (rule.direction !== "Inbound" || !speaksTcp(rule.protocol)) return "no";
  const ports = allMatch([
    anyMatch(rule.destinationPorts.map((range) => portMatch(range, flow.port, flow.port))),
    anyMatch(rule.sourcePorts.map((range) => portMatch(range, ...clientPorts))),
  ]);
  // Most rules of a large group are about other ports: no need to look at their addresses.
  if (ports === "no") return "no";
  return allMatch([ports, sourceMatch(rule, flow), destinationMatch(rule, flow)]);
}

function sourceMatch({ sources, sourceGroups }: SecurityRule, { source, network }: Flow): Match {
  return anyMatch([
    ...sources.map((prefix) => prefixMatch(prefix, source, network)),
    // Members of application security groups are NICs of the virtual network; which ones was not read.
    ...sourceGroups.map(() => (inVirtualNetwork(source, network) === "no" ? "no" : "unsure")),
  ]);
}

function destinationMatch({ destinations, destinationGroups }: SecurityRule, flow: Flow): Match {
  return anyMatch([
    ...destinations.map((prefix) => prefixMatch(prefix, flow.destination, flow.network)),
    ...destinationGroups.map((group) => (isAmong(group, flow.destinationGroups) ? "yes" : "no")),
  ]);
}

// ARM writes `*`; effective rules write `All`.
function speaksTcp(protocol: string): boolean {
  return ["tcp", "*", "all", "any"].includes(protocol.toLowerCase());
}

/** The ports that a client may call from. Which one it takes cannot be told. */
const clientPorts = [1024, 65535] as const;

/** Whether ports in ARM's spelling (`*`, `3389`, `3000-4000`) hold all from `first` to `last`, none, or some. */
function portMatch(ports: string, first: number, last: number): Match {
  if (/^(\*|any)$/i.test(ports)) return "yes";
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(ports.trim()) ?? [];
  if (low === undefined) return "unsure";
  if (Number(low) <= first && last <= Number(high)) return "yes";
  return Number(high) < first || last < Number(low) ? "no" : "unsure";
}

function isAmong(id: string, ids: readonly string[]): boolean {
  return ids.some((other) => other.toLowerCase() === id.toLowerCase());
}
