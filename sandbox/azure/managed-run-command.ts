import type { Azure } from "./azure.ts";
import type { Machine } from "./machine.ts";
import type { OperationEnd } from "./operations.ts";
import type { ManagedRunCommand, RunCommandBody } from "./run-command-resource.ts";
import { executeScript } from "./script-execution.ts";
import { waitSeconds } from "./wait-seconds.ts";

// The VM agent needs some time to fetch a script.
const pendingShare = 0.1;

const agentDead: OperationEnd = {
  ok: false,
  code: "VMAgentStatusCommunicationError",
  message:
    "VM has not reported status for VM agent or extensions. Verify that the OS is up and healthy, and that the VM has a running VM agent and can establish outbound connections to Azure storage.",
};

/** The words are those of learn.microsoft.com, azure/virtual-machines/error-messages. */
function handlerFailed(name: string, message: string): OperationEnd {
  return {
    ok: false,
    code: "VMExtensionHandlerNonTransientError",
    message: `Handler 'Microsoft.CPlat.Core.RunCommandHandlerWindows' has reported failure for VM Extension '${name}' with terminal error code '1009' and error message: '${message}'.`,
  };
}

/** Starts the script in the VM and returns at once; the script continues in the background. */
export function startRunCommand(
  azure: Azure,
  machine: Machine,
  name: string,
  body: RunCommandBody,
  again: boolean,
): ManagedRunCommand {
  const provisioned = Promise.withResolvers<OperationEnd>();
  const command: ManagedRunCommand = {
    name,
    body,
    provisioningState: again ? "Updating" : "Creating",
    view: { executionState: "Pending", executionMessage: "", exitCode: 0, output: "", error: "" },
    stop: new AbortController(),
    provisioned: provisioned.promise,
  };
  void carryOut(azure, machine, command, (end) => {
    // Only the first state counts: a script that is still running has been provisioned.
    if (command.provisioningState !== "Creating" && command.provisioningState !== "Updating") return;
    command.provisioningState = end.ok ? "Succeeded" : "Failed";
    provisioned.resolve(end);
  });
  return command;
}

async function carryOut(
  azure: Azure,
  machine: Machine,
  command: ManagedRunCommand,
  provision: (end: OperationEnd) => void,
): Promise<void> {
  const { seconds, firstSeconds, neverStarts, stuckRunning } = azure.world.runCommand;
  const { view, body } = command;
  const { asyncExecution, timeoutInSeconds, treatFailureAsDeploymentFailure, source } = body.properties;
  const signal = AbortSignal.any([command.stop.signal, azure.closing]);
  const waking = machine.hasRunCommandHandler ? 0 : firstSeconds;
  machine.hasRunCommandHandler = true;
  if (neverStarts || !(await waitSeconds(azure.clock, waking + seconds * pendingShare, signal))) return;
  if (machine.agent !== "ready") return provision(agentDead);
  const broken = machine.spec.extensions.find(({ type, runs }) => type === "RunCommandHandlerWindows" && !runs);
  if (broken) return provision(handlerFailed(command.name, broken.message));

  // Azure's words for it are not known.
  if (machine.spec.blocksRunCommand) return provision(handlerFailed(command.name, "The extension is blocked."));

  view.executionState = "Running";
  view.startTime = azure.now().toISOString();
  if (asyncExecution && !stuckRunning) provision({ ok: true });
  const script = { name: command.name, text: source.script ?? "", timeoutSeconds: timeoutInSeconds || 5400 };
  const end = await executeScript(azure, machine, script, signal);
  if (!end || stuckRunning) return;

  view.executionState = end.state;
  view.executionMessage = end.state === "Succeeded" ? "Execution completed" : `Execution ended as ${end.state}`;
  view.exitCode = end.exitCode;
  view.output = end.output;
  view.error = end.error;
  view.endTime = azure.now().toISOString();
  const failed = treatFailureAsDeploymentFailure && end.state !== "Succeeded";
  provision(
    failed
      ? {
          ok: false,
          code: "VMExtensionProvisioningError",
          message: `Run Command '${command.name}' ended as ${end.state}.`,
        }
      : { ok: true },
  );
}

/** The resource as ARM returns it. The instance view is included only on request. */
export function describeRunCommand(machine: Machine, command: ManagedRunCommand, withView: boolean): object {
  const { location, tags, properties } = command.body;
  const { protectedParameters: _, runAsPassword: __, ...shown } = properties;
  return {
    name: command.name,
    id: `${machine.id}/runCommands/${command.name}`,
    type: `${machine.type}/runCommands`,
    location,
    ...(tags && { tags }),
    properties: {
      ...shown,
      provisioningState: command.provisioningState,
      ...(withView && { instanceView: { ...command.view, statuses: [] } }),
    },
  };
}
