import type { AzureEvidence } from "../../core/azure-evidence.ts";
import { isJitAllow, isJitDeny } from "../../core/jit.ts";
import type { Bastion, NetworkEvidence, NetworkInterface } from "../../core/network-evidence.ts";
import type { VmId } from "../../core/vm-id.ts";
import { traitsOf } from "../../core/vm-kinds.ts";
import { problemFrom } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { readJitPolicy } from "./jit-policy.ts";
import type { NetworkId } from "./network-id.ts";
import { readInterfaces } from "./network-interface.ts";
import { createNetworkReader, type NetworkReader } from "./network-reader.ts";
import { allSettledThenAll, type ReportUnreadable, readPart } from "./partial-evidence.ts";
import type { VirtualNetworkResponse } from "./virtual-network.ts";

/** The VM whose network is read. */
export interface NetworkQuestion {
  readonly vm: VmId;
  readonly location: string;
  /** As the VM names them. */
  readonly networkInterfaces: unknown;
  readonly onPremises: readonly string[];
}

/**
 * Reads the NICs of the VM and the resources in front of them, concurrently and each once. A failure makes its own part
 * unreadable and is reported; the whole is unreadable only if the NICs could not be read. Cross-checks are read apart
 * (`cross-checks.ts`).
 */
export async function readNetwork(
  clients: Clients,
  question: NetworkQuestion,
  report: ReportUnreadable = () => {},
): Promise<AzureEvidence["network"]> {
  const read = createNetworkReader(clients, report);
  try {
    const nics = await readInterfaces(clients, read, question.networkInterfaces);
    const interfaces = nics.map(({ nic }) => nic);
    const [virtualNetworks, jit] = await allSettledThenAll([
      readVirtualNetworks(
        read,
        nics.flatMap((one) => one.virtualNetworks),
      ),
      readJit(clients, question, interfaces, report),
    ]);
    return { interfaces, virtualNetworks, onPremises: [...question.onPremises], jit, flowChecks: [] };
  } catch (error) {
    const problem = problemFrom(error, "read the VM's network");
    report(problem);
    return { unreadable: problem.message };
  }
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
      const { subnets: _, bastions, ...own } = network;
      return { ...own, bastions: await allSettledThenAll(bastions.map((one) => readBastion(read, one))), adminRules };
    }),
  );
}

async function readBastion(
  read: NetworkReader,
  { id, prefixes, securityGroup }: VirtualNetworkResponse["bastions"][number],
): Promise<Bastion> {
  const [group, host] = await allSettledThenAll([
    securityGroup && read.securityGroup(securityGroup),
    read.bastionHost(id),
  ]);
  return { name: id.name, prefixes, securityGroup: group, host };
}

/**
 * The policy is read only if a rule of just-in-time access exists; otherwise it closes nothing. Such a rule in the group of a
 * subnet may have been made for another machine: none is ever made for one that has no just-in-time access.
 */
async function readJit(
  clients: Clients,
  { vm, location }: NetworkQuestion,
  interfaces: readonly NetworkInterface[],
  report: ReportUnreadable,
): Promise<NetworkEvidence["jit"]> {
  if (!traitsOf(vm).hasJustInTimeAccess) return null;
  const groups = interfaces.flatMap(({ securityGroup, ipConfigurations }) => [
    securityGroup,
    ...ipConfigurations.map(({ subnet }) => subnet.securityGroup),
  ]);
  const names = groups.flatMap((group) => (group && "rules" in group ? group.rules.map(({ name }) => name) : []));
  if (!names.some((name) => isJitDeny(name) || isJitAllow(name))) return null;
  return readPart("read the policy of just-in-time access", () => readJitPolicy(clients, vm, location), report);
}
