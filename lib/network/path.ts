import type { IpConfiguration, NetworkInterface, SecurityGroup } from "../core/azure-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Address, parseAddress, parseRange } from "./address.ts";
import { evaluateGroup } from "./group.ts";
import { inInternet } from "./prefix.ts";
import type { Flow } from "./rule.ts";

/** The way from anywhere to one private address of the VM. */
export interface Path extends Omit<Flow, "source"> {
  /** In the order in which a connection meets them; every one must allow it. */
  readonly hops: readonly Hop[];
  readonly publicAddress: IpConfiguration["publicAddress"];
}

export interface Hop {
  readonly layer: "subnet-nsg" | "nic-nsg";
  readonly group: SecurityGroup;
}

/** A verdict before it is put in words for its source. `why` is a clause that follows a colon. */
export interface Decision extends Pick<NetworkVerdict, "verdict" | "decidedBy"> {
  readonly why: string;
}

/** `null` when Azure gave no private address. */
export function pathTo(nic: NetworkInterface, configuration: IpConfiguration, port: number): Path | null {
  const destination = parseAddress(configuration.privateAddress);
  const hops = [
    { layer: "subnet-nsg" as const, group: configuration.subnet.securityGroup },
    { layer: "nic-nsg" as const, group: nic.securityGroup },
  ].flatMap(({ layer, group }) => (group ? [{ layer, group }] : []));
  return (
    destination && {
      hops,
      publicAddress: configuration.publicAddress,
      destination,
      port,
      destinationGroups: configuration.applicationSecurityGroups,
      network: configuration.virtualNetworkPrefixes.flatMap((prefix) => parseRange(prefix) ?? []),
    }
  );
}

/**
 * Judges one client address. Where no security group stands on the path, it is open, except that a Standard public
 * address lets nothing in by itself.
 */
export function judgePath(path: Path, source: Address): Decision {
  const decisions = path.hops.map((hop) => judgeHop(hop, { ...path, source }));
  return (
    decisions.find(({ verdict }) => verdict === "denied") ??
    decisions.find(({ verdict }) => verdict === "unknown") ??
    decisions.at(-1) ??
    judgeOpenPath(path, source)
  );
}

function judgeHop({ layer, group }: Hop, flow: Flow): Decision {
  const { verdict, rule } = evaluateGroup(group, flow);
  const where = `NSG ${group.name} of the ${layer === "subnet-nsg" ? "subnet" : "NIC"}`;
  const what = rule ? `rule ${rule.name} (priority ${rule.priority}) in ${where}` : `no rule that was read in ${where}`;
  const does = {
    allowed: "allows it",
    denied: "denies it",
    unknown: rule ? `would ${rule.access.toLowerCase()} it, if it applies` : "decides about it",
  };
  return {
    verdict,
    decidedBy: { layer, group: group.name, rule: rule?.name ?? null, priority: rule?.priority ?? null },
    why: `${what} ${does[verdict]}`,
  };
}

function judgeOpenPath({ publicAddress, network }: Path, source: Address): Decision {
  if (!inInternet(source, network) || publicAddress?.sku === "Basic") {
    return { verdict: "allowed", decidedBy: noRule("no-nsg"), why: "no network security group stands between them" };
  }
  if (publicAddress) {
    const why = `the Standard public address ${publicAddress.address} admits nothing without a network security group that allows it`;
    return { verdict: "denied", decidedBy: noRule("public-ip"), why };
  }
  const why = "the VM has no public address there, and what else may lead to it was not read";
  return { verdict: "unknown", decidedBy: noRule("public-ip"), why };
}

function noRule(layer: NetworkVerdict["decidedBy"]["layer"]): NetworkVerdict["decidedBy"] {
  return { layer, group: null, rule: null, priority: null };
}
