import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";

/** Why no rule of a network security group can allow a denied source, and what to do instead. */
export function unfixableReason(
  azure: AzureEvidence,
  { decidedBy, because }: NetworkVerdict,
  rule: WantedRule,
): string {
  switch (decidedBy.layer) {
    case "admin-rules":
      return `${because} Security admin rules precede every network security group: ask the owner of the virtual network manager.`;
    case "public-ip":
      return hasPublicAddress(azure, rule.destination)
        ? `${because} There is no network security group: create one that allows TCP ${rule.port} from ${rule.source} to ${rule.destination}, and associate it with the subnet or the NIC.`
        : `${because} No rule can change this: connect through Azure Bastion, or from inside the virtual network.`;
    case "bastion":
      return `${because} No rule at the VM can change this: ask the network owner to correct the Bastion host, or the group of AzureBastionSubnet (learn.microsoft.com/azure/bastion/bastion-nsg).`;
    case "return-route":
      return `${because} No rule of a security group can change this: ask the network owner for a route of ${rule.source} to Internet, enter through that appliance or gateway, or connect through Azure Bastion.`;
    case "load-balancer":
      return `${because} No rule of a security group can change this: ask the owner of the load balancer.`;
    default:
      return `${because} No rule can be placed before it.`;
  }
}

interface WantedRule {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

function hasPublicAddress({ network }: AzureEvidence, privateAddress: string): boolean {
  if (!("interfaces" in network)) return false;
  return network.interfaces
    .flatMap((nic) => nic.ipConfigurations)
    .some((one) => one.privateAddress === privateAddress && one.publicAddress !== null);
}
