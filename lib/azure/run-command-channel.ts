import type { VirtualMachineRunCommand } from "@azure/arm-compute";
import { isRestError } from "@azure/core-rest-pipeline";
import { ok } from "../core/problem.ts";
import type { GuestChannel, RunCommandStatus } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/**
 * Managed run commands: child resources of the VM, each with a name of its own. Needs the rights
 * `Microsoft.Compute/virtualMachines/runCommands/` `read`, `write` and `delete`.
 *
 * No long-running operation is polled: what counts is the script's state in the instance view, and that takes
 * nothing but the name to ask for.
 */
export function createRunCommandChannel(clients: Clients): GuestChannel {
  const runCommands = (subscriptionId: string) => clients.compute(subscriptionId).virtualMachineRunCommands;
  return {
    async start(vm, command) {
      const name = checkedName(command.name);
      const asked = await callAzure(`start a Run Command in VM ${vm.name}`, () =>
        runCommands(vm.subscriptionId)
          .createOrUpdate(vm.resourceGroup, vm.name, name, {
            location: command.location,
            source: { script: command.script },
            timeoutInSeconds: command.timeoutSeconds,
            // Provisioned as soon as the script has begun; and its failure is the instance view's to tell.
            asyncExecution: true,
            treatFailureAsDeploymentFailure: false,
          })
          .submitted(),
      );
      return asked.ok ? ok("started") : asked;
    },

    async status(vm, name) {
      return callAzure(`read a Run Command of VM ${vm.name}`, () =>
        runCommands(vm.subscriptionId)
          .getByVirtualMachine(vm.resourceGroup, vm.name, checkedName(name), { expand: "instanceView" })
          .then(statusOf)
          .catch(ifNotFound<RunCommandStatus>({ kind: "absent" }, vmGone)),
      );
    },

    async discard(vm, name) {
      const asked = await callAzure(`delete a Run Command of VM ${vm.name}`, () =>
        runCommands(vm.subscriptionId)
          .delete(vm.resourceGroup, vm.name, checkedName(name))
          .submitted()
          .catch(ifNotFound(undefined)),
      );
      return asked.ok ? ok("discarded") : asked;
    },
  };
}

export const ownRunCommandName = /^rdpfix-[a-z0-9-]{1,73}$/;

/** Guards the Run Commands of others: a name that is not in our pattern is a fault of ours. */
function checkedName(name: string): string {
  if (!ownRunCommandName.test(name)) throw new TypeError(`Not a Run Command name of ours: ${name}`);
  return name;
}

/** Turns the answer "not found" into a value, unless it means something else. */
function ifNotFound<T>(value: T, butNot: readonly string[] = []): (error: unknown) => T {
  return (error) => {
    if (isRestError(error) && error.statusCode === 404 && !butNot.includes(error.code ?? "")) return value;
    throw error;
  };
}

/** The VM itself is gone, and not merely the Run Command. */
const vmGone = ["ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"];

const failed = ["Failed", "TimedOut", "Canceled"];

/** Until Azure says that the script has ended it may be running, whatever else is missing. */
function statusOf({ instanceView, provisioningState }: VirtualMachineRunCommand): RunCommandStatus {
  const state = instanceView?.executionState ?? "Unknown";
  const output = instanceView?.output ?? "";
  if (state === "Succeeded") return { kind: "finished", output, failure: null };
  if (failed.includes(state)) return { kind: "finished", output, failure: failureText(state, instanceView) };
  if (state === "Running" || !failed.includes(provisioningState ?? "")) return { kind: "running" };
  // The platform has given up: no other state will follow.
  return { kind: "finished", output, failure: failureText("Azure could not run it", instanceView) };
}

function failureText(state: string, view: VirtualMachineRunCommand["instanceView"]): string {
  const exit = view?.exitCode === undefined ? "" : ` with exit code ${view.exitCode}`;
  const words = [view?.executionMessage, view?.error].join(" ").replace(/\s+/g, " ").trim();
  return `${state}${exit}${words && `: ${words}`}`.slice(0, 1000);
}
