import { NetworkProposal } from "../../lib/core/network-proposal.ts";

export const runId = "3f2a8c1e-5b0d-4e6f-9a7b-1c2d3e4f5a6b";
export const vm =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01";
/** With all that Azure allows in the name of a resource group. */
export const nsgId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-(network)/providers/Microsoft.Network/networkSecurityGroups/nsg-app";

/** A proposal as the service makes it, with an edit that the schema may refuse. */
export function proposal(edit: object = {}): NetworkProposal {
  return {
    ...NetworkProposal.parse({
      runId,
      name: "Allow-RDP-3f2a8c1e",
      source: "203.0.113.7/32",
      destination: "10.0.0.4",
      port: 3389,
      expiresAt: "2026-11-22T08:00:00.000Z",
      rules: [{ nsgId, priority: 199, before: { rule: "deny-rdp", priority: 200 } }],
    }),
    ...edit,
  };
}

/** What the service answers for a run with these proposals. */
export function answer(...proposals: unknown[]): object {
  return { runId, vm, proposals: proposals.map((one) => ({ proposal: one, whatIf: "ignored" })), notProposed: [] };
}
