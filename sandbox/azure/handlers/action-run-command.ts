import { z } from "zod";
import { invalidParameter, invalidRequestContent, runCommandInProgress, vmNotRunning } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import type { Machine } from "../machine.ts";
import { type OperationEnd, operationHeaders } from "../operations.ts";
import { executeScript } from "../script-execution.ts";
import { onMachine } from "./virtual-machines.ts";

const RunCommandInput = z.looseObject({
  commandId: z.string(),
  script: z.array(z.string()).optional(),
  parameters: z.array(z.unknown()).max(0, "The sandbox runs scripts without parameters").nullish(),
});

// The platform's fixed limit; an action Run Command has no time-out parameter.
const timeoutSeconds = 90 * 60;

export const actionRunCommand = onMachine(({ body, apiVersion }, machine, azure) => {
  const input = RunCommandInput.safeParse(body);
  if (!input.success) return invalidRequestContent(z.prettifyError(input.error));
  const { commandId, script } = input.data;
  if (commandId !== "RunPowerShellScript" && commandId !== "RunShellScript") {
    return invalidParameter(`The entity was not found in this Azure location: ${commandId}`);
  }
  if (!script) return invalidParameter("The sandbox has no scripts of its own: give one in 'script'.");
  if (machine.powerState !== "running") return vmNotRunning();
  if (machine.actionRunning) return runCommandInProgress();
  machine.actionRunning = true;
  const work = run(machine, script.join("\n"), azure).finally(() => {
    machine.actionRunning = false;
  });
  const operation = azure.operations.begin(
    { location: machine.location, subscription: machine.subscriptionId, vm: machine.key },
    work,
  );
  return { status: 202, headers: operationHeaders(operation, azure.origin, apiVersion) };
});

async function run(machine: Machine, text: string, azure: Azure): Promise<OperationEnd> {
  const { neverStarts, stuckRunning } = azure.world.runCommand;
  if (machine.agent !== "ready") {
    return {
      ok: false,
      code: "VMAgentStatusCommunicationError",
      message: `VM '${machine.name}' has not reported status for VM agent or extensions.`,
    };
  }
  const script = { name: null, text, timeoutSeconds };
  const end = neverStarts ? null : await executeScript(azure, machine, script, azure.closing);
  if (!end || stuckRunning) return new Promise(() => {});
  // As in Azure, a script that throws is "succeeded", because an action Run Command has no exit code.
  const status = (stream: string, message: string) => ({
    code: `ComponentStatus/${stream}/succeeded`,
    level: "Info",
    displayStatus: "Provisioning succeeded",
    message,
  });
  return { ok: true, output: { value: [status("StdOut", end.output), status("StdErr", end.error)] } };
}
