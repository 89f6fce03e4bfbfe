import { z } from "zod";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import { ok, type Problem } from "../core/problem.ts";
import type { VmId } from "../core/vm-id.ts";
import type { AzureReader } from "../runs/ports.ts";
import { callAzure, parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { crossCheckNetwork } from "./network/cross-checks.ts";
import { readNetwork } from "./network/network.ts";

const Status = z.object({ code: z.string().nullish(), displayStatus: z.string().nullish() });

const VmAnswer = z.object({
  location: z.string(),
  provisioningState: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  storageProfile: z.object({ osDisk: z.object({ osType: z.enum(["Windows", "Linux"]) }) }),
  networkProfile: z.object({ networkInterfaces: z.unknown() }).nullish(),
  virtualMachineScaleSet: z.object({ id: z.string() }).nullish(),
  instanceView: z
    .object({
      osName: z.string().nullish(),
      osVersion: z.string().nullish(),
      statuses: z.array(Status).nullish(),
      vmAgent: z.object({ vmAgentVersion: z.string().nullish(), statuses: z.array(Status).nullish() }).nullish(),
    })
    .nullish(),
});
type VmAnswer = z.infer<typeof VmAnswer>;

/**
 * Needs the right `Microsoft.Compute/virtualMachines/read`, and those of `readNetwork` for the network part.
 * `onPremises` are the ranges behind a gateway, as the settings name them.
 */
export function createAzureReader(clients: Clients, onPremises: readonly string[] = []): AzureReader {
  return {
    async read(vm) {
      const machine = await callAzure(`read VM ${vm.name}`, () => readMachine(clients, vm));
      if (!machine.ok) return machine;
      const evidence = vmEvidence(machine.value);
      const problems: Problem[] = [];
      const question = {
        vm,
        location: evidence.location,
        networkInterfaces: machine.value.networkProfile?.networkInterfaces,
        onPremises,
      };
      const network = await readNetwork(clients, question, (problem) => problems.push(problem));
      const passing = problems.find(({ retryable }) => retryable);
      return ok({ vm: evidence, network, ...(passing && { passing }) });
    },
    crossCheck: (vm, azure, asked = {}) => crossCheckNetwork(clients, vm, azure, asked),
  };
}

/** Model and instance view in one call, which needs one right. */
async function readMachine(clients: Clients, vm: VmId): Promise<VmAnswer> {
  const machines = clients.compute(vm.subscriptionId).virtualMachines;
  const answer = await machines.get(vm.resourceGroup, vm.name, { expand: "instanceView" });
  return parseResponse(VmAnswer, answer, "virtual machine");
}

function vmEvidence(machine: VmAnswer): AzureEvidence["vm"] {
  const { instanceView } = machine;
  const power = instanceView?.statuses?.find(({ code }) => code?.startsWith("PowerState/"))?.code;
  const agent = instanceView?.vmAgent?.statuses?.[0]?.displayStatus;
  return {
    location: machine.location,
    osType: machine.storageProfile.osDisk.osType,
    ...(instanceView?.osName && { osName: instanceView.osName }),
    ...(instanceView?.osVersion && { osVersion: instanceView.osVersion }),
    powerState: power?.slice("PowerState/".length) ?? "unknown",
    provisioningState: machine.provisioningState ?? "unknown",
    agent: agent ? { status: agent, version: instanceView?.vmAgent?.vmAgentVersion ?? "unknown" } : null,
    scaleSetId: machine.virtualMachineScaleSet?.id ?? null,
    tags: machine.tags ?? {},
  };
}
