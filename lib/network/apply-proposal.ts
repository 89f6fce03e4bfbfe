import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { NetworkInterface, SecurityGroup, SecurityRule } from "../core/network-evidence.ts";
import type { NetworkProposal } from "../core/network-proposal.ts";

type Proposal = Pick<NetworkProposal, "name" | "source" | "destination" | "port" | "rules">;

/**
 * The evidence as if the proposal were deployed. The rule is added wherever the group occurs, also in Azure's effective
 * rules. Answers of Network Watcher are dropped: they describe the state before.
 */
export function applyProposal(azure: AzureEvidence, proposal: Proposal): AzureEvidence {
  const { network } = azure;
  if (!("interfaces" in network)) return azure;
  const interfaces = network.interfaces.map((nic) => inInterface(nic, (group) => withRule(group, proposal)));
  return { ...azure, network: { ...network, interfaces, flowChecks: [] } };
}

function inInterface(nic: NetworkInterface, edit: (group: SecurityGroup) => SecurityGroup): NetworkInterface {
  const inPlace = (place: NetworkInterface["securityGroup"]) => (place && "rules" in place ? edit(place) : place);
  return {
    ...nic,
    securityGroup: inPlace(nic.securityGroup),
    effective: Array.isArray(nic.effective)
      ? nic.effective.map((one) => ({ ...one, group: edit(one.group) }))
      : nic.effective,
    ipConfigurations: nic.ipConfigurations.map((configuration) => ({
      ...configuration,
      subnet: { ...configuration.subnet, securityGroup: inPlace(configuration.subnet.securityGroup) },
    })),
  };
}

/** A group with all of its rules that were read, configured or effective. */
export function findGroup({ network }: AzureEvidence, id: string | null): SecurityGroup | null {
  if (!("interfaces" in network)) return null;
  const places = network.interfaces.flatMap((nic) => [
    nic.securityGroup,
    ...nic.ipConfigurations.map(({ subnet }) => subnet.securityGroup),
    ...(Array.isArray(nic.effective) ? nic.effective.map(({ group }) => group) : []),
  ]);
  const same = places.flatMap((place) => (place && "rules" in place && isSameId(place.id, id) ? [place] : []));
  return same[0] ? { ...same[0], rules: same.flatMap(({ rules }) => rules) } : null;
}

/** Azure compares resource ids case-insensitively. */
export function isSameId(id: string, other: string | null): boolean {
  return id.toLowerCase() === other?.toLowerCase();
}

function withRule(group: SecurityGroup, proposal: Proposal): SecurityGroup {
  const proposed = proposal.rules.find(({ nsgId }) => isSameId(nsgId, group.id));
  if (!proposed) return group;
  const rule: SecurityRule = {
    name: proposal.name,
    priority: proposed.priority,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sources: [proposal.source],
    sourcePorts: ["*"],
    destinations: [proposal.destination],
    destinationPorts: [String(proposal.port)],
    sourceGroups: [],
    destinationGroups: [],
  };
  return { ...group, rules: [...group.rules, rule] };
}
