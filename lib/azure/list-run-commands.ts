import type { HeldRunCommand, RunCommandLister } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { deadlineTag, ownRunCommandName, terminalStates } from "./run-command-channel.ts";
import { type RunCommandResource, runCommandResources } from "./run-command-resource.ts";

/** Needs the right `runCommands/read` below the machine's type. */
export function createRunCommandLister(clients: Clients): RunCommandLister {
  const runCommands = runCommandResources(clients);
  return {
    list: (vm) =>
      callAzure(`list the Run Commands of VM ${vm.name}`, async () => (await runCommands.list(vm)).flatMap(heldOf)),
  };
}

function heldOf({ name, tags, properties }: RunCommandResource): HeldRunCommand[] {
  if (name === undefined) return [];
  const { executionState: state = "Unknown", startTime } = properties?.instanceView ?? {};
  const isOurs = ownRunCommandName.test(name);
  return [
    {
      name,
      isOurs,
      state,
      hasEnded: terminalStates.includes(state),
      startedAt: timeOf(startTime),
      deadline: isOurs ? timeOf(tags?.[deadlineTag]) : null,
    },
  ];
}

function timeOf(text: string | undefined): string | null {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
