import { parseRange } from "../core/address.ts";
import { type AzureEvidence, networkOf } from "../core/azure-evidence.ts";
import { decideFlow } from "./tag-flow.ts";

/**
 * What keeps the VM from Azure's addresses (service tag AzureCloud, TCP 443), as a sentence; `null`: nothing that was read.
 * Without them a script may run and its output not arrive: learn.microsoft.com, azure/virtual-machines/windows/run-command,
 * "Restrictions". Of the primary NIC and the rules as configured; what an appliance lets through was not read.
 */
export function outboundDenial(azure: AzureEvidence): string | null {
  const interfaces = networkOf(azure)?.interfaces ?? [];
  const nic = interfaces.find(({ primary }) => primary) ?? interfaces[0];
  const configuration = nic?.ipConfigurations.find(({ primary }) => primary) ?? nic?.ipConfigurations[0];
  const from = configuration && parseRange(configuration.privateAddress);
  if (!nic || !configuration || !from) return null;
  const flow = { direction: "Outbound", from, to: "AzureCloud", port: 443, name: "to AzureCloud" } as const;
  for (const group of [nic.securityGroup, configuration.subnet.securityGroup]) {
    if (!group || "unreadable" in group) continue;
    const { verdict, rule } = decideFlow(group.rules, flow);
    if (verdict !== "denied" || !rule) continue;
    return `Rule ${rule.name} (priority ${rule.priority}) in NSG ${group.name} denies the VM TCP 443 to AzureCloud, without which the output of a script may not arrive.`;
  }
  const { routeTable } = configuration.subnet;
  const routes = routeTable && "routes" in routeTable ? routeTable.routes : [];
  const dropped = routes.find(({ prefixes, nextHop }) => prefixes.includes("0.0.0.0/0") && nextHop === "None");
  if (!dropped) return null;
  return `Route ${dropped.name} (0.0.0.0/0 to None) drops what the VM sends to Azure, without which the output of a script may not arrive.`;
}
