import type { VirtualMachineRunCommand } from "@azure/arm-compute";
import type { VmId } from "../core/vm-id.ts";
import type { HeldRunCommand, RunCommandLister } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { deadlineTag, ownRunCommandName, terminalStates } from "./run-command-channel.ts";

/** Needs the right `Microsoft.Compute/virtualMachines/runCommands/read`. */
export function createRunCommandLister(clients: Clients): RunCommandLister {
  return { list: (vm) => callAzure(`list the Run Commands of VM ${vm.name}`, () => listAll(clients, vm)) };
}

async function listAll(clients: Clients, { subscriptionId, resourceGroup, name }: VmId): Promise<HeldRunCommand[]> {
  const runCommands = clients.compute(subscriptionId).virtualMachineRunCommands;
  const held: HeldRunCommand[] = [];
  for await (const one of runCommands.listByVirtualMachine(resourceGroup, name, { expand: "instanceView" })) {
    if (one.name) held.push(heldOf(one.name, one));
  }
  return held;
}

function heldOf(name: string, { instanceView, tags }: VirtualMachineRunCommand): HeldRunCommand {
  const state = instanceView?.executionState ?? "Unknown";
  const isOurs = ownRunCommandName.test(name);
  return {
    name,
    isOurs,
    state,
    hasEnded: terminalStates.includes(state),
    startedAt: timeOf(instanceView?.startTime),
    deadline: isOurs ? timeOf(new Date(tags?.[deadlineTag] ?? "")) : null,
  };
}

/** The SDK creates an invalid Date from invalid text. */
function timeOf(date: Date | undefined): string | null {
  const time = date?.getTime() ?? Number.NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
