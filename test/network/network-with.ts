import { type Address, parseAddress } from "../../lib/core/address.ts";
import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import type {
  IpConfiguration,
  NetworkEvidence,
  SecurityGroup,
  SecurityRule,
  VirtualNetwork,
} from "../../lib/core/network-evidence.ts";
import { healthyAzureEvidence } from "../fixtures/evidence.ts";

/** An address that the test spells right. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address.`);
  return parsed;
}

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
  subnet?: SecurityGroup | { unreadable: string };
  nic?: SecurityGroup | { unreadable: string };
  effective?: NetworkEvidence["interfaces"][number]["effective"];
  configuration?: Partial<IpConfiguration>;
  routeTable?: IpConfiguration["subnet"]["routeTable"];
  routes?: NetworkEvidence["interfaces"][number]["routes"];
  virtualNetwork?: Partial<VirtualNetwork>;
  more?: Partial<NetworkEvidence>;
}

/** The fixture's VM (10.0.0.4 in 10.0.0.0/16) with these groups on its one path. */
export function networkWith({
  subnet,
  nic,
  effective,
  configuration,
  routeTable,
  routes,
  ...rest
}: Network): AzureEvidence {
  const { virtualNetwork, more } = rest;
  const azure = healthyAzureEvidence();
  if (!("interfaces" in azure.network)) throw new Error("The fixture has a network.");
  const [only] = azure.network.interfaces;
  const [first] = only?.ipConfigurations ?? [];
  const [vnet] = azure.network.virtualNetworks;
  if (!only || !first || !vnet) throw new Error("The fixture has no network interface.");
  only.securityGroup = nic ?? null;
  only.effective = effective ?? null;
  only.routes = routes ?? null;
  Object.assign(first, configuration);
  first.subnet.securityGroup = subnet ?? null;
  first.subnet.routeTable = routeTable ?? null;
  Object.assign(vnet, virtualNetwork);
  Object.assign(azure.network, more);
  return azure;
}

export const standardAddress = { address: "20.50.1.1", sku: "Standard" } as const;
