import type { VirtualMachineRunCommand } from "@azure/arm-compute";
import type { VmId } from "../core/vm-id.ts";
import type { RunCommandLister } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { ownRunCommandName } from "./run-command-channel.ts";

/** Needs the right `Microsoft.Compute/virtualMachines/runCommands/read`. Run Commands of other owners are ignored. */
export function createRunCommandLister(clients: Clients): RunCommandLister {
  return { leftovers: (vm) => callAzure(`list the Run Commands of VM ${vm.name}`, () => listOurs(clients, vm)) };
}

async function listOurs(clients: Clients, { subscriptionId, resourceGroup, name }: VmId) {
  const runCommands = clients.compute(subscriptionId).virtualMachineRunCommands;
  const ours: { name: string; startedAt: string | null }[] = [];
  for await (const one of runCommands.listByVirtualMachine(resourceGroup, name, { expand: "instanceView" })) {
    if (one.name && ownRunCommandName.test(one.name)) ours.push({ name: one.name, startedAt: startOf(one) });
  }
  return ours;
}

function startOf({ instanceView }: VirtualMachineRunCommand): string | null {
  const time = instanceView?.startTime?.getTime();
  // The SDK creates an invalid Date from invalid text.
  return time === undefined || Number.isNaN(time) ? null : new Date(time).toISOString();
}
