import type { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import type { SecurityGroup, SecurityRule } from "../../lib/core/network-evidence.ts";
import type { NetworkProposal } from "../../lib/core/network-proposal.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { type ProposedRules, proposeRules } from "../../lib/network/propose-rules.ts";
import { group, networkWith, standardAddress } from "./network-with.ts";

export const runId = "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b";
export const expiresAt = "2026-11-22T08:00:00.000Z";

export function nsgIdOf(name: string): string {
  return `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-network/providers/Microsoft.Network/networkSecurityGroups/${name}`;
}

/** A group as ARM names it, with these rules before the defaults. */
export function nsg(name: string, ...rules: SecurityRule[]): SecurityGroup {
  return { ...group(name, ...rules), id: nsgIdOf(name) };
}

/** The fixture's VM with a Standard public address: only a security group can keep the Internet out. */
export function publicWith(network: Parameters<typeof networkWith>[0]): AzureEvidence {
  return networkWith({ ...network, configuration: { publicAddress: standardAddress, ...network.configuration } });
}

/** What is proposed for these sources on this evidence. */
export function proposeFor(azure: AzureEvidence, sources: string[], port = 3389): ProposedRules {
  return proposeRules(azure, evaluateNetwork(azure, sources, port), { runId, expiresAt });
}

/** The one proposal for this source. */
export function proposalFor(azure: AzureEvidence, source: string, port = 3389): NetworkProposal {
  const { proposals, notProposed } = proposeFor(azure, [source], port);
  const [only] = proposals;
  if (!only || proposals.length > 1) throw new Error(JSON.stringify(notProposed));
  return only;
}

/** Why nothing is proposed for this source. */
export function reasonFor(azure: AzureEvidence, source: string, port = 3389): string {
  const { proposals, notProposed } = proposeFor(azure, [source], port);
  if (proposals.length > 0 || !notProposed[0]) throw new Error(JSON.stringify(proposals));
  return notProposed[0].because;
}

/** The verdict and the rule that decides, by way. */
export function fatesOf(azure: AzureEvidence, source: string, port = 3389) {
  return evaluateNetwork(azure, [source], port).map(({ destination, path, verdict, decidedBy }) => {
    return { destination, path, verdict, decidedBy };
  });
}
