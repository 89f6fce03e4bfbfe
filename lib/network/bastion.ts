import { type Address, type AddressRange, formatAddress, parseRange } from "../core/address.ts";
import type { Bastion, SecurityGroup } from "../core/network-evidence.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { decideFlow, type Flow, type Party } from "./tag-flow.ts";
import { hopWithoutRule, type TraceHop } from "./trace-hop.ts";

/*
 * What a Bastion host needs to connect to the VM: a SKU that reaches the port, and the rules that its subnet's security group
 * must have. Sources: learn.microsoft.com, azure/bastion: bastion-nsg (the rules; all of them are required), and
 * bastion-sku-comparison (ports other than 3389 from Standard on).
 */

/** The VM's end of a session. */
interface Target {
  readonly destination: Address;
  readonly port: number;
  readonly destinationGroups: readonly string[];
}

/** What the Bastion host, or the group of its subnet, does with a session; `null`: nothing was read that could prevent it. */
export function evaluateBastion({ name, prefixes, securityGroup, host }: Bastion, target: Target): TraceHop | null {
  const read = host && !("unreadable" in host) ? host : null;
  if (read?.sku && /^(basic|developer)$/i.test(read.sku) && target.port !== defaultRdpPort) {
    const why = `Bastion host ${name} has the SKU ${read.sku}, which connects to port ${defaultRdpPort} alone: port ${target.port} needs the SKU Standard`;
    return hopWithoutRule("bastion", "denied", why);
  }
  if (securityGroup && "unreadable" in securityGroup) {
    const why = `the network security group of AzureBastionSubnet could not be read: ${securityGroup.unreadable}`;
    return hopWithoutRule("bastion", "unknown", why);
  }
  const [range] = prefixes.flatMap((prefix) => parseRange(prefix) ?? []);
  const byRules = securityGroup && range ? evaluateGroup(securityGroup, range, target, read) : null;
  if (byRules && byRules.verdict !== "passed") return byRules;
  // A host that is being updated keeps its sessions going.
  if (read && !/^(succeeded|updating|unknown)$/i.test(read.provisioningState)) {
    const why = `Bastion host ${name} has the provisioning state ${read.provisioningState}, in which it may accept no session`;
    return hopWithoutRule("bastion", "unknown", why);
  }
  return byRules;
}

function evaluateGroup(
  group: SecurityGroup,
  bastion: AddressRange,
  target: Target,
  host: { readonly hasPublicAddress: boolean } | null,
): TraceHop {
  const decided = flowsOf(bastion, target, host?.hasPublicAddress ?? false).map((flow) => ({
    flow,
    ...decideFlow(group.rules, flow, target.destinationGroups),
  }));
  const worst =
    decided.find(({ verdict }) => verdict === "denied") ?? decided.find(({ verdict }) => verdict === "unknown");
  const where = `NSG ${group.name} of AzureBastionSubnet`;
  if (!worst) {
    return { ...hopWithoutRule("bastion", "passed", `${where} has what Azure Bastion needs`), nsg: group.name };
  }
  const { flow, rule, verdict } = worst;
  const what = rule ? `rule ${rule.name} (priority ${rule.priority}) in ${where}` : `no rule that was read in ${where}`;
  const does = verdict === "denied" ? "denies" : rule ? `may ${rule.access.toLowerCase()}` : "decides about";
  return {
    layer: "bastion",
    verdict,
    nsg: group.name,
    nsgId: group.id,
    rule: rule?.name ?? null,
    priority: rule?.priority ?? null,
    why: `${what} ${does} TCP ${flow.port} ${flow.name}, which Azure Bastion needs`,
    nearMiss: true,
  };
}

/**
 * The session itself first. AzureCloud (443) and Internet (80) outbound are required too, for logs and certificates: their
 * absence ends no session, so they are left out.
 */
function flowsOf(bastion: AddressRange, { destination, port }: Target, hasPublicAddress: boolean): Flow[] {
  const { family, value } = destination;
  const vm: AddressRange = { family, first: value, last: value };
  const inbound = (from: Party, name: string): Flow => ({ direction: "Inbound", from, to: bastion, port: 443, name });
  const hosts = [8080, 5701].flatMap((port): Flow[] =>
    (["Inbound", "Outbound"] as const).map((direction) => {
      return { direction, from: bastion, to: bastion, port, name: `between its hosts (${direction.toLowerCase()})` };
    }),
  );
  return [
    { direction: "Outbound", from: bastion, to: vm, port, name: `to ${formatAddress(destination)}` },
    ...(hasPublicAddress ? [inbound("Internet", "from the clients (Internet)")] : []),
    inbound("GatewayManager", "from GatewayManager"),
    inbound("AzureLoadBalancer", "from AzureLoadBalancer"),
    ...hosts,
  ];
}
