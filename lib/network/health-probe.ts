import { parseAddress } from "../core/address.ts";
import type { Forwarding, SecurityRule } from "../core/network-evidence.ts";
import type { RuleTable } from "./rule-table.ts";
import { evaluateSecurityGroup } from "./security-group.ts";
import { originOf, type Topology } from "./topology.ts";

/** The address from which Azure's load balancers send their health probes. [MS: what is IP address 168.63.129.16] */
const probeSource = parseAddress("168.63.129.16");

/**
 * Why a load balancer holds the VM for unhealthy: a security group denies its health probes, so it forwards nothing to
 * the VM. `null`: nothing that was read denies them. `groups` are read for the port of the probe.
 */
export function probeDenial(
  { probe, loadBalancer }: Forwarding,
  groups: readonly { readonly name: string; readonly rules: RuleTable<SecurityRule> }[],
  topology: Topology,
): string | null {
  if (!probe || !probeSource) return null;
  const origin = { ...originOf(probeSource, topology), platform: true };
  for (const group of groups) {
    const { verdict, rule } = evaluateSecurityGroup(group.rules, origin);
    if (verdict !== "denied" || !rule) continue;
    return `rule ${rule.name} (priority ${rule.priority}) in NSG ${group.name} denies health probe ${probe.name} (${probe.protocol} ${probe.port}), so load balancer ${loadBalancer} forwards nothing to the VM: allow the tag AzureLoadBalancer before that rule`;
  }
  return null;
}
