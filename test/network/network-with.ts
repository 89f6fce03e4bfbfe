import type { AzureEvidence, IpConfiguration, SecurityGroup, SecurityRule } from "../../lib/core/azure-evidence.ts";
import { healthyAzureEvidence } from "../fixtures/evidence.ts";

let written = 0;

/** An inbound rule for TCP 3389 from anywhere, with an edit. */
export function rule(edit: Partial<SecurityRule>): SecurityRule {
  written += 1;
  return {
    name: `rule-${written}`,
    priority: 100,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sources: ["*"],
    sourcePorts: ["*"],
    destinations: ["*"],
    destinationPorts: ["3389"],
    sourceGroups: [],
    destinationGroups: [],
    ...edit,
  };
}

/** What Azure puts at the end of every group. */
export const defaultRules: readonly SecurityRule[] = [
  rule({
    name: "AllowVnetInBound",
    priority: 65000,
    protocol: "*",
    sources: ["VirtualNetwork"],
    destinations: ["VirtualNetwork"],
    destinationPorts: ["*"],
  }),
  rule({
    name: "AllowAzureLoadBalancerInBound",
    priority: 65001,
    protocol: "*",
    sources: ["AzureLoadBalancer"],
    destinationPorts: ["*"],
  }),
  rule({ name: "DenyAllInBound", priority: 65500, access: "Deny", protocol: "*", destinationPorts: ["*"] }),
];

/** A group with these rules before the defaults. The order of a group's rules means nothing, so they come last first. */
export function group(name: string, ...rules: SecurityRule[]): SecurityGroup {
  return { id: `/groups/${name}`, name, rules: [...rules, ...defaultRules].toReversed() };
}

interface Network {
  subnet?: SecurityGroup;
  nic?: SecurityGroup;
  configuration?: Partial<IpConfiguration>;
}

/** The fixture's VM (10.0.0.4 in 10.0.0.0/16) with these groups on its one path. */
export function networkWith({ subnet, nic, configuration }: Network): AzureEvidence {
  const azure = healthyAzureEvidence();
  const [only] = "interfaces" in azure.network ? azure.network.interfaces : [];
  const [first] = only?.ipConfigurations ?? [];
  if (!only || !first) throw new Error("The fixture has no network interface.");
  only.securityGroup = nic ?? null;
  Object.assign(first, configuration);
  first.subnet.securityGroup = subnet ?? null;
  return azure;
}

export const standardAddress = { address: "20.50.1.1", sku: "Standard" } as const;
