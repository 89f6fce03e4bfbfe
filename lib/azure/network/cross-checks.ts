import type { AzureEvidence } from "../../core/azure-evidence.ts";
import type { NetworkEvidence, NetworkInterface } from "../../core/network-evidence.ts";
import type { VmId } from "../../core/vm-id.ts";
import { traitsOf } from "../../core/vm-kinds.ts";
import { defaultRdpPort } from "../../core/windows.ts";
import type { Clients } from "../clients.ts";
import { readEffectiveRules } from "./effective-rules.ts";
import { type FlowAnswers, verifyFlows } from "./ip-flow-verify.ts";
import { NetworkId } from "./network-id.ts";
import { allSettledThenAll } from "./partial-evidence.ts";
import { readEffectiveRoutes } from "./routes.ts";

/** learn.microsoft.com, azure/network-watcher/ip-flow-verify-overview. */
const notOffered = "IP flow verify is for virtual machines alone, and this is an instance of a scale set.";

/** What the cross-checks are for. Single addresses among the sources are verified by Network Watcher, at this port. */
interface CrossCheckQuestion {
  readonly sources?: readonly string[];
  readonly port?: number;
}

/**
 * The network with the rules and the routes in effect, and with the answers of IP flow verify. All are asked at the same time,
 * and each has its own time limit; one that fails makes its own part unreadable. Azure answers them only for a running VM.
 */
export async function crossCheckNetwork(
  clients: Clients,
  vm: VmId,
  { vm: machine, network }: AzureEvidence,
  { sources = [], port = defaultRdpPort }: CrossCheckQuestion,
): Promise<AzureEvidence["network"]> {
  if (!("interfaces" in network) || machine.powerState !== "running") return network;
  if (!traitsOf(vm).hasCrossChecks) return { ...network, ...(sources.length > 0 && { flowsUnverified: notOffered }) };
  const checked = await allSettledThenAll(
    network.interfaces.map(async (nic) => {
      const id = NetworkId.parse(nic.id);
      const targets = nic.ipConfigurations.map(({ privateAddress }) => {
        return { vm, location: machine.location, nicId: nic.id, port, privateAddress };
      });
      const [effective, routes, flows] = await allSettledThenAll([
        readEffectiveRules(clients, id),
        isRouted(nic, network) ? readEffectiveRoutes(clients, id) : null,
        verifyFlows(clients, targets, sources),
      ]);
      return { nic: { ...nic, effective, routes }, flows };
    }),
  );
  return { ...network, interfaces: checked.map(({ nic }) => nic), ...flowsOf(checked.map(({ flows }) => flows)) };
}

function flowsOf(answers: readonly FlowAnswers[]): Pick<NetworkEvidence, "flowChecks" | "flowsUnverified"> {
  const [unverified] = answers.flatMap(({ unverified }) => unverified ?? []);
  return { flowChecks: answers.flatMap(({ checks }) => checks), ...(unverified && { flowsUnverified: unverified }) };
}

/** Whether routes other than Azure's own may be in effect: a route table stands on a subnet, or a gateway learns some. */
function isRouted({ ipConfigurations }: NetworkInterface, { virtualNetworks }: NetworkEvidence): boolean {
  if (ipConfigurations.some(({ subnet }) => subnet.routeTable)) return true;
  const own = new Set(ipConfigurations.map(({ virtualNetworkId }) => virtualNetworkId.toLowerCase()));
  return virtualNetworks.some(
    (network) => "gateway" in network && network.gateway && own.has(network.id.toLowerCase()),
  );
}
