import { z } from "zod";
import type { Bastion, IpConfiguration } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { readAdminRules } from "./admin-rules.ts";
import { readLoadBalancer } from "./load-balancer.ts";
import type { NetworkId, PublicAddressId } from "./network-id.ts";
import { type ReportUnreadable, readPart } from "./partial-evidence.ts";
import { readRouteTable } from "./routes.ts";
import { readSecurityGroup } from "./security-group.ts";
import { readVirtualNetwork } from "./virtual-network.ts";

const PublicAddressAnswer = z.object({
  // Missing while a dynamic address is not in use.
  ipAddress: z.string().nullish(),
  sku: z.object({ name: z.string().nullish() }).nullish(),
});

/** Reads the resources that NICs refer to, each once. A resource that fails is unreadable by itself. */
export type NetworkReader = ReturnType<typeof createNetworkReader>;

/**
 * Needs the right `read` on Microsoft.Network/ `virtualNetworks`, `networkSecurityGroups`, `routeTables`,
 * `publicIPAddresses`, `loadBalancers` and `bastionHosts`, and that of `readAdminRules`; for an address of a scale set's
 * instance Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/ipConfigurations/publicIPAddresses/read.
 */
export function createNetworkReader(clients: Clients, report: ReportUnreadable) {
  return {
    virtualNetwork: once((id: NetworkId) =>
      readPart(`read virtual network ${id.name}`, () => readVirtualNetwork(clients, id), report),
    ),
    adminRules: once((id: NetworkId) =>
      readPart(
        `read the security admin rules of virtual network ${id.name}`,
        () => readAdminRules(clients, id),
        report,
      ),
    ),
    securityGroup: once((id: NetworkId) =>
      readPart(
        `read NSG ${id.name}`,
        async () => readSecurityGroup(await groupsOf(clients, id).get(id.resourceGroup, id.name)),
        report,
      ),
    ),
    routeTable: once((id: NetworkId) =>
      readPart(`read route table ${id.name}`, () => readRouteTable(clients, id), report),
    ),
    publicAddress: once((id: PublicAddressId) =>
      readPart(`read public address ${id.name}`, () => readPublicAddress(clients, id), report),
    ),
    bastionHost: once((id: NetworkId) =>
      readPart(`read Bastion host ${id.name}`, () => readBastionHost(clients, id), report),
    ),
    loadBalancer: once((id: NetworkId) =>
      readPart(`read load balancer ${id.name}`, () => readLoadBalancer(clients, id), report),
    ),
  };
}

function groupsOf(clients: Clients, id: NetworkId) {
  return clients.network(id.subscriptionId).networkSecurityGroups;
}

async function readPublicAddress(clients: Clients, id: PublicAddressId): Promise<IpConfiguration["publicAddress"]> {
  const { resourceGroup, name, names } = id;
  const [set = "", instance = "", nic = "", configuration = ""] = names ?? [];
  const addresses = clients.network(id.subscriptionId).publicIPAddresses;
  const answer = await (names
    ? addresses.getVirtualMachineScaleSetPublicIPAddress(resourceGroup, set, instance, nic, configuration, name)
    : addresses.get(resourceGroup, name));
  const { ipAddress, sku } = parseResponse(PublicAddressAnswer, answer, "public IP address");
  // Without a SKU it is Basic; StandardV2 behaves like Standard.
  return ipAddress ? { address: ipAddress, sku: (sku?.name ?? "Basic") === "Basic" ? "Basic" : "Standard" } : null;
}

const BastionAnswer = z.object({
  sku: z.object({ name: z.string().nullish() }).nullish(),
  provisioningState: z.string().nullish(),
  ipConfigurations: z.array(z.object({ publicIPAddress: z.object({}).nullish() })).nullish(),
});

/** Needs the right `Microsoft.Network/bastionHosts/read`. */
async function readBastionHost(clients: Clients, id: NetworkId): Promise<NonNullable<Bastion["host"]>> {
  const answer = await clients.network(id.subscriptionId).bastionHosts.get(id.resourceGroup, id.name);
  const { sku, provisioningState, ipConfigurations } = parseResponse(BastionAnswer, answer, "Bastion host");
  return {
    sku: sku?.name ?? null,
    provisioningState: provisioningState ?? "unknown",
    hasPublicAddress: ipConfigurations?.some(({ publicIPAddress }) => publicIPAddress) ?? false,
  };
}

function once<Id extends { readonly root: string }, T>(read: (id: Id) => Promise<T>): (id: Id) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (id) => {
    const key = id.root.toLowerCase();
    const answer = answers.get(key) ?? read(id);
    answers.set(key, answer);
    return answer;
  };
}
