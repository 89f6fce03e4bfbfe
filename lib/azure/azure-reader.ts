import { z } from "zod";
import type { AzureEvidence, BrokenExtension } from "../core/azure-evidence.ts";
import { fail, ok, type Problem, type Result } from "../core/problem.ts";
import { formatVmId, nameParts, scaleSetIdOf, type VmId } from "../core/vm-id.ts";
import type { AzureReader } from "../runs/ports.ts";
import { isArcMachine, readArcMachine } from "./arc-machine.ts";
import { callAzure, parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { crossCheckNetwork } from "./network/cross-checks.ts";
import { readNetwork } from "./network/network.ts";
import { allSettledThenAll, readPart, type Unreadable } from "./network/partial-evidence.ts";
import { getInstance, isScaleSetInstance, mergeTags, readSetOf, type SetOfInstance } from "./scale-set-instance.ts";
import { spotOf } from "./spot.ts";

const Status = z.object({
  code: z.string().nullish(),
  displayStatus: z.string().nullish(),
  message: z.string().nullish(),
});
type Status = z.infer<typeof Status>;

const VmAnswer = z.object({
  location: z.string(),
  vmId: z.string().nullish(),
  provisioningState: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  storageProfile: z.object({ osDisk: z.object({ osType: z.enum(["Windows", "Linux"]) }) }),
  networkProfile: z.object({ networkInterfaces: z.unknown() }).nullish(),
  virtualMachineScaleSet: z.object({ id: z.string() }).nullish(),
  priority: z.unknown().optional(),
  evictionPolicy: z.unknown().optional(),
  billingProfile: z.unknown().optional(),
  // Of an instance of a uniform scale set.
  latestModelApplied: z.boolean().nullish(),
  protectionPolicy: z.unknown().optional(),
  resources: z
    .array(z.object({ name: z.string().nullish(), provisioningState: z.string().nullish() }))
    .nullish()
    .catch(null),
  instanceView: z
    .object({
      osName: z.string().nullish(),
      osVersion: z.string().nullish(),
      statuses: z.array(Status).nullish(),
      vmAgent: z
        .object({
          vmAgentVersion: z.string().nullish(),
          statuses: z.array(Status).nullish(),
          extensionHandlers: z
            .array(z.object({ type: z.string().nullish(), status: Status.nullish() }))
            .nullish()
            .catch(null),
        })
        .nullish(),
    })
    .nullish(),
});
type VmAnswer = z.infer<typeof VmAnswer>;

/**
 * Needs the right `read` of the machine's type, that of its scale set, and those of `readNetwork` for the network part.
 * `onPremises` are the ranges behind a gateway, as the settings name them.
 */
export function createAzureReader(clients: Clients, onPremises: readonly string[] = []): AzureReader {
  return {
    async read(vm) {
      if (isArcMachine(vm)) return callAzure(`read server ${vm.name}`, () => readArcMachine(clients, vm));
      const machine = await callAzure(`read VM ${vm.name}`, () => readMachine(clients, vm));
      if (!machine.ok) return machine;
      const problems: Problem[] = [];
      const report = (problem: Problem) => problems.push(problem);
      const { location, networkProfile } = machine.value;
      const question = { vm, location, networkInterfaces: networkProfile?.networkInterfaces, onPremises };
      const [network, set] = await allSettledThenAll([
        readNetwork(clients, question, report),
        isScaleSetInstance(vm)
          ? readPart(`read the scale set of ${vm.name}`, () => readSetOf(clients, vm, machine.value), report)
          : null,
      ]);
      if (set && "isFlexible" in set && set.isFlexible) return isOrdinaryVm(vm);
      const evidence = {
        id: formatVmId(vm),
        ...vmEvidence(machine.value),
        ...(set && ofScaleSet(vm, machine.value, set)),
      };
      const passing = problems.find(({ retryable }) => retryable);
      return ok({ vm: evidence, network, ...(passing && { passing }) });
    },
    uniqueIdOf: (vm) => callAzure(`read VM ${vm.name}`, () => uniqueIdOf(clients, vm)),
    crossCheck: (vm, azure, asked = {}) => crossCheckNetwork(clients, vm, azure, asked),
  };
}

function ofScaleSet(vm: VmId, { tags }: VmAnswer, set: SetOfInstance | Unreadable): Partial<AzureEvidence["vm"]> {
  const scaleSetId = scaleSetIdOf(vm);
  if ("unreadable" in set) return { scaleSetId, scaleSet: set };
  return { scaleSetId, scaleSet: set.policy, ...set.spot, tags: mergeTags(set.tags, tags ?? {}) };
}

/** A VM with a number as its name may be attached to a flexible set, and is then listed as an instance of that set too. */
function isOrdinaryVm({ kind: _, ...vm }: VmId): Result<never> {
  const [set, name = ""] = nameParts(vm);
  return fail(
    "invalid-vm-id",
    `The scale set ${set} is flexible, and its instances are ordinary VMs. Give ${formatVmId({ ...vm, name })}.`,
  );
}

async function uniqueIdOf(clients: Clients, vm: VmId): Promise<string | null> {
  const { uniqueId } = isArcMachine(vm)
    ? (await readArcMachine(clients, vm)).vm
    : vmEvidence(await readMachine(clients, vm));
  return uniqueId ?? null;
}

/** Model and instance view in one call, which needs one right. */
async function readMachine(clients: Clients, vm: VmId): Promise<VmAnswer> {
  if (isScaleSetInstance(vm)) return parseResponse(VmAnswer, await getInstance(clients, vm), "instance of a scale set");
  const machines = clients.compute(vm.subscriptionId).virtualMachines;
  const answer = await machines.get(vm.resourceGroup, vm.name, { expand: "instanceView" });
  return parseResponse(VmAnswer, answer, "virtual machine");
}

function vmEvidence(machine: VmAnswer): AzureEvidence["vm"] {
  const { instanceView } = machine;
  const power = instanceView?.statuses?.find(({ code }) => code?.startsWith("PowerState/"))?.code;
  const agent = instanceView?.vmAgent?.statuses?.[0]?.displayStatus;
  const brokenExtensions = [...brokenHandlers(instanceView?.vmAgent), ...brokenResources(machine.resources)];
  return {
    ...(machine.vmId && { uniqueId: machine.vmId }),
    location: machine.location,
    osType: machine.storageProfile.osDisk.osType,
    ...(instanceView?.osName && { osName: instanceView.osName }),
    ...(instanceView?.osVersion && { osVersion: instanceView.osVersion }),
    powerState: power?.slice("PowerState/".length) ?? "unknown",
    provisioningState: machine.provisioningState ?? "unknown",
    agent: agent ? { status: agent, version: instanceView?.vmAgent?.vmAgentVersion ?? "unknown" } : null,
    ...(brokenExtensions.length > 0 && { brokenExtensions }),
    ...spotOf(machine),
    scaleSetId: machine.virtualMachineScaleSet?.id ?? null,
    tags: machine.tags ?? {},
  };
}

/** The last word of the types of Run Command, e.g. of `Microsoft.CPlat.Core.RunCommandHandlerWindows`. */
const runsCommands = /\b(RunCommandHandlerWindows|RunCommandWindows)$/i;

/** A handler's `displayStatus` is `Ready` while it works: VirtualMachineExtensionHandlerInstanceView of the compute API. */
function brokenHandlers(agent: NonNullable<VmAnswer["instanceView"]>["vmAgent"]): BrokenExtension[] {
  return (agent?.extensionHandlers ?? []).flatMap(({ type, status }) => {
    const [name] = runsCommands.exec(type ?? "") ?? [];
    const state = status?.displayStatus ?? "Ready";
    return name && state !== "Ready" ? [{ type: name, state, message: textOf(status) }] : [];
  });
}

/** An extension whose removal did not end stays `Deleting` (Azure/azure-cli#14106). */
function brokenResources(resources: VmAnswer["resources"]): BrokenExtension[] {
  return (resources ?? []).flatMap(({ name, provisioningState }) => {
    const [type] = runsCommands.exec(name ?? "") ?? [];
    const state = provisioningState ?? "";
    return type && /^(Failed|Deleting)$/i.test(state) ? [{ type, state, message: "" }] : [];
  });
}

function textOf(status: Status | null | undefined): string {
  return (status?.message ?? "").replace(/\s+/g, " ").trim().slice(0, 300);
}
