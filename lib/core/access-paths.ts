import { parseEndpoint } from "./address.ts";
import { networkOf } from "./azure-evidence.ts";
import type { Evidence } from "./evidence.ts";
import { isJitDeny } from "./jit.ts";
import type { NetworkEvidence, SecurityRule, VirtualNetwork } from "./network-evidence.ts";
import type { NetworkVerdict } from "./network-verdict.ts";
import { defaultRdpPort } from "./windows.ts";

/*
 * By which paths people may come to a VM when nobody named a client, and what shows that they do. A default rule lets
 * every machine of the virtual network in, so that alone shows no path for people.
 */

/** One source, with the verdicts on each address of the VM and each ingress. */
export interface AccessPath {
  readonly kind: "named" | "internet" | "bastion" | "virtual-network" | "on-premises";
  readonly source: string;
  readonly verdicts: readonly NetworkVerdict[];
  /** The best of the verdicts: a client chooses which address of the VM it uses. */
  readonly verdict: NetworkVerdict["verdict"];
  /** What shows that people use this path, as a clause; `null`: nothing does. */
  readonly shownBy: string | null;
}

type NetworkSources = Pick<Evidence, "azure" | "network">;

/** The paths of a VM. When the caller named addresses, only those count. */
export function accessPathsOf({ azure, network }: NetworkSources): AccessPath[] {
  const named = network.filter(({ source, asked }) => asked && !isTag(source));
  const counted = named.length > 0 ? named : network;
  const read = networkOf(azure);
  return [...Map.groupBy(counted, ({ source }) => source)].map(([source, verdicts]) => {
    const kind = kindOf(source, verdicts);
    return { kind, source, verdicts, verdict: best(verdicts), shownBy: evidenceFor(kind, verdicts, read) };
  });
}

function isTag(source: string): boolean {
  return /^(virtualnetwork|internet)$/i.test(source.trim());
}

function kindOf(source: string, verdicts: readonly NetworkVerdict[]): AccessPath["kind"] {
  if (/^internet$/i.test(source.trim())) return "internet";
  if (/^virtualnetwork$/i.test(source.trim())) return "virtual-network";
  if (verdicts.some(({ asked }) => asked)) return "named";
  return verdicts.some(({ path }) => path === "bastion") ? "bastion" : "on-premises";
}

function best(verdicts: readonly NetworkVerdict[]): NetworkVerdict["verdict"] {
  const has = (wanted: NetworkVerdict["verdict"]) => verdicts.some(({ verdict }) => verdict === wanted);
  return has("allowed") ? "allowed" : has("unknown") ? "unknown" : "denied";
}

function evidenceFor(
  kind: AccessPath["kind"],
  verdicts: readonly NetworkVerdict[],
  network: NetworkEvidence | null,
): string | null {
  if (verdicts.some(({ asked }) => asked)) return "it was named";
  switch (kind) {
    case "named":
    case "on-premises":
      return "the settings name this range";
    case "internet":
      return isIngressForRdp(verdicts, network) ? "the VM has a public ingress" : null;
    case "bastion":
      return "a Bastion host stands in the virtual network";
    case "virtual-network":
      return network && (connectionOf(network) ?? ruleForPeople(verdicts, network));
  }
}

/**
 * Whether a public address leads to the VM, or a load balancer forwards the evaluated port or the default port of RDP.
 * A load balancer in front of a web server is no path for people with RDP clients.
 */
function isIngressForRdp(verdicts: readonly NetworkVerdict[], network: NetworkEvidence | null): boolean {
  if (verdicts.some(({ verdict }) => verdict === "allowed")) return true;
  const ports = [defaultRdpPort, ...verdicts.flatMap(({ destination }) => parseEndpoint(destination)?.port ?? [])];
  const configurations = network?.interfaces.flatMap((nic) => nic.ipConfigurations) ?? [];
  return configurations.some(
    ({ publicAddress, forwardings }) =>
      publicAddress !== null ||
      "unreadable" in forwardings ||
      forwardings.some(({ backendPort }) => ports.includes(backendPort)),
  );
}

function connectionOf({ virtualNetworks }: NetworkEvidence): string | null {
  const read = virtualNetworks.filter((own): own is VirtualNetwork => !("unreadable" in own));
  const peered = read.flatMap(({ peerings }) => peerings.map(({ name }) => name));
  if (read.some(({ gateway }) => gateway)) return "a gateway leads into the virtual network";
  return peered.length > 0 ? `the virtual network is peered (${peered.slice(0, 3).join(", ")})` : null;
}

/** A rule that somebody made for certain ports shows that somebody is meant to come in by it. */
function ruleForPeople(verdicts: readonly NetworkVerdict[], network: NetworkEvidence): string | null {
  const found = verdicts.find(
    ({ verdict, decidedBy }) =>
      verdict === "allowed" && rulesOf(network).some((rule) => isMadeForPorts(rule) && rule.name === decidedBy.rule),
  );
  return found ? `rule ${found.decidedBy.rule} was made for it` : null;
}

/** A rule for all ports lets programs in, and one for all sources lets the Internet in. */
function isMadeForPorts({ priority, sources, destinationPorts }: SecurityRule): boolean {
  const isForAll = (word: string) => /^(\*|any|0\.0\.0\.0\/0|0-65535)$/i.test(word);
  return priority < 65_000 && !destinationPorts.some(isForAll) && !sources.some(isForAll);
}

function rulesOf({ interfaces }: NetworkEvidence): SecurityRule[] {
  return interfaces.flatMap(({ securityGroup, ipConfigurations, effective }) =>
    [
      securityGroup,
      ...ipConfigurations.map(({ subnet }) => subnet.securityGroup),
      ...(Array.isArray(effective) ? effective.map(({ group }) => group) : []),
    ].flatMap((group) => (group && "rules" in group ? group.rules : [])),
  );
}

/**
 * The verdict that tells most about a path: an allowed one; else an unknown one, first where an ingress is known; else a
 * denial on purpose before others.
 */
export function tellingVerdict({ verdicts, verdict }: AccessPath): NetworkVerdict | null {
  const same = verdicts.filter((one) => one.verdict === verdict);
  const byIngress = verdict === "unknown" ? same.find(({ path }) => path !== "private") : undefined;
  return same.find(({ decidedBy }) => isJitDeny(decidedBy.rule)) ?? byIngress ?? same[0] ?? null;
}
