import type { AzureEvidence } from "../core/azure-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";

/** Why no rule of a network security group would let a denied source in, and what would: for where none has decided. */
export function whyNot(azure: AzureEvidence, { decidedBy, because }: NetworkVerdict, rule: WantedRule): string {
  switch (decidedBy.layer) {
    case "admin-rules":
      return `${because} Security admin rules come before every network security group: ask who manages the virtual network manager.`;
    case "public-ip":
      return hasPublicAddress(azure, rule.destination)
        ? `${because} There is no security group to put a rule into: create one that allows TCP ${rule.port} from ${rule.source} to ${rule.destination}, and associate it with the subnet or the NIC.`
        : `${because} No rule changes that: connect by Azure Bastion, or from inside the virtual network.`;
    case "load-balancer":
      return `${because} No rule of a security group changes that: the load balancer's owner must act.`;
    default:
      return `${because} No rule that was read could be put before it.`;
  }
}

interface WantedRule {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

function hasPublicAddress({ network }: AzureEvidence, privateAddress: string): boolean {
  if ("unreadable" in network) return false;
  return network.interfaces
    .flatMap((nic) => nic.ipConfigurations)
    .some((one) => one.privateAddress === privateAddress && one.publicAddress !== null);
}
