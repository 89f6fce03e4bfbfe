import { z } from "zod";
import type { AzureEvidence } from "../../core/azure-evidence.ts";
import { isJitAllow, isJitDeny } from "../../core/jit.ts";
import type { NetworkEvidence, NetworkInterface } from "../../core/network-evidence.ts";
import type { VmId } from "../../core/vm-id.ts";
import { parseResponse, problemFrom } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { readEffectiveRules } from "./effective-rules.ts";
import { type FlowAnswers, verifyFlows } from "./ip-flow-verify.ts";
import { readJitPolicy } from "./jit-policy.ts";
import { NetworkId } from "./network-id.ts";
import { readInterface } from "./network-interface.ts";
import { createNetworkReader, type NetworkReader } from "./network-reader.ts";
import { allSettledThenAll, type ReportUnreadable, readPart } from "./partial-evidence.ts";
import { readEffectiveRoutes } from "./routes.ts";

/** The NICs of a VM. `primary` may be missing when there is only one. */
const AttachedInterfaces = z.array(z.object({ id: NetworkId, primary: z.boolean().nullish() })).min(1);
type AttachedInterface = z.infer<typeof AttachedInterfaces>[number];

/** The VM whose network is read, and the sources to verify. */
export interface NetworkQuestion {
  readonly vm: VmId;
  readonly location: string;
  /** Azure lists effective rules and verifies flows only for a running VM. */
  readonly running: boolean;
  /** As the VM names them. */
  readonly networkInterfaces: unknown;
  /** The sources that the caller names. Single addresses are also verified by Network Watcher, at this port. */
  readonly sources: readonly string[];
  readonly port: number;
  readonly onPremises: readonly string[];
}

/**
 * Reads the NICs of the VM and the resources in front of them, concurrently and each once. A failure makes its own part
 * unreadable and is reported; the whole is unreadable only if the NICs could not be read. Azure's cross-checks (the effective
 * rules, IP flow verify) and the effective routes start as soon as what they need is read, and share one time limit.
 */
export async function readNetwork(
  clients: Clients,
  question: NetworkQuestion,
  report: ReportUnreadable = () => {},
): Promise<AzureEvidence["network"]> {
  const read = createNetworkReader(clients, report);
  try {
    const attached = parseResponse(AttachedInterfaces, question.networkInterfaces, "network interfaces of the VM");
    const nics = await allSettledThenAll(
      attached.map((nic) => readAttached(clients, read, nic, question, attached.length === 1)),
    );
    const interfaces = nics.map(({ nic }) => nic);
    const [virtualNetworks, jit] = await allSettledThenAll([
      readVirtualNetworks(
        read,
        nics.flatMap((one) => one.virtualNetworks),
      ),
      readJit(clients, question, interfaces, report),
    ]);
    const flowChecks = nics.flatMap(({ flows }) => flows.checks);
    const unverified = nics.flatMap(({ flows }) => flows.unverified ?? [])[0];
    return {
      interfaces,
      virtualNetworks,
      onPremises: [...question.onPremises],
      jit,
      flowChecks,
      ...(unverified && { flowsUnverified: unverified }),
    };
  } catch (error) {
    const problem = problemFrom(error, "read the VM's network");
    report(problem);
    return { unreadable: problem.message };
  }
}

async function readAttached(
  clients: Clients,
  read: NetworkReader,
  { id, primary }: AttachedInterface,
  { vm, location, running, sources, port }: NetworkQuestion,
  only: boolean,
) {
  const reading = readInterface(clients, read, id);
  const verifying = reading.then(({ id: nicId, ipConfigurations }): Promise<FlowAnswers> | FlowAnswers => {
    const targets = ipConfigurations.map(({ privateAddress }) => ({ vm, location, nicId, port, privateAddress }));
    return running ? verifyFlows(clients, targets, sources) : { checks: [], unverified: null };
  });
  const routing = reading.then(async (nic) =>
    running && (await isRouted(read, nic, nic.virtualNetworks)) ? readEffectiveRoutes(clients, id) : null,
  );
  const [{ virtualNetworks, ...nic }, effective, flows, routes] = await allSettledThenAll([
    reading,
    running ? readEffectiveRules(clients, id) : null,
    verifying,
    routing,
  ]);
  const whole: NetworkInterface = { ...nic, primary: primary ?? only, effective, routes };
  return { nic: whole, virtualNetworks, flows };
}

/** Whether routes other than Azure's own may be in effect: a route table stands on a subnet, or a gateway learns some. */
async function isRouted(
  read: NetworkReader,
  { ipConfigurations }: Pick<NetworkInterface, "ipConfigurations">,
  virtualNetworks: readonly NetworkId[],
): Promise<boolean> {
  if (ipConfigurations.some(({ subnet }) => subnet.routeTable)) return true;
  const networks = await allSettledThenAll(virtualNetworks.map((id) => read.virtualNetwork(id)));
  return networks.some((network) => "gateway" in network && network.gateway);
}

async function readVirtualNetworks(
  read: NetworkReader,
  ids: readonly NetworkId[],
): Promise<NetworkEvidence["virtualNetworks"]> {
  const distinct = [...new Map(ids.map((id) => [id.root.toLowerCase(), id])).values()];
  return allSettledThenAll(
    distinct.map(async (id) => {
      const [network, adminRules] = await allSettledThenAll([read.virtualNetwork(id), read.adminRules(id)]);
      if ("unreadable" in network) return { id: id.root, ...network };
      const { subnets: _, ...own } = network;
      return { ...own, adminRules };
    }),
  );
}

/** The policy is read only if a rule of just-in-time access exists; otherwise it closes nothing. */
async function readJit(
  clients: Clients,
  { vm, location }: NetworkQuestion,
  interfaces: readonly NetworkInterface[],
  report: ReportUnreadable,
): Promise<NetworkEvidence["jit"]> {
  const groups = interfaces.flatMap(({ securityGroup, ipConfigurations }) => [
    securityGroup,
    ...ipConfigurations.map(({ subnet }) => subnet.securityGroup),
  ]);
  const names = groups.flatMap((group) => (group && "rules" in group ? group.rules.map(({ name }) => name) : []));
  if (!names.some((name) => isJitDeny(name) || isJitAllow(name))) return null;
  return readPart("read the policy of just-in-time access", () => readJitPolicy(clients, vm, location), report);
}
