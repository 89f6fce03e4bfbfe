import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import {
  anotherOperationInProgress,
  invalidParameter,
  invalidRequestContent,
  requestTooLarge,
  resourceNotFound,
  tooManyRunCommands,
  vmNotRunning,
} from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply, type Reply } from "../http.ts";
import type { Machine } from "../machine.ts";
import { describeRunCommand, startRunCommand } from "../managed-run-command.ts";
import { type OperationEnd, operationHeaders } from "../operations.ts";
import type { ArmRequest } from "../route.ts";
import { type ManagedRunCommand, RunCommandBody } from "../run-command-resource.ts";
import { deleteMachine } from "../scale-sets.ts";
import { waitSeconds } from "../wait-seconds.ts";
import { belowMachine, onMachine } from "./virtual-machines.ts";

const maximumPerVm = 25;

export const putRunCommand = belowMachine((request, machine, azure) => {
  const body = RunCommandBody.safeParse(request.body);
  if (!body.success) return invalidRequestContent(wrongMember(body.error));
  return place(body.data, request, machine, azure);
});

/** A PATCH changes what it names, and runs the changed Run Command. Recorded: azure-cli, test_vm_run_command_e2e. */
export const patchRunCommand = onMachine((request, machine, azure) => {
  const found = find(request, machine);
  if (!found) return notThere(request, machine);
  const given = (request.body ?? {}) as { properties?: object };
  const properties = { ...found.body.properties, ...given.properties };
  const merged = RunCommandBody.safeParse({ ...found.body, ...given, properties });
  return merged.success
    ? place(merged.data, request, machine, azure)
    : invalidRequestContent(wrongMember(merged.error));
});

function place(body: RunCommandBody, request: ArmRequest, machine: Machine, azure: Azure): Reply {
  const { runCommand: name = "" } = request.params;
  // A child lives in the region of its parent. The words are not recorded.
  if (body.location.toLowerCase().replaceAll(" ", "") !== machine.location.toLowerCase()) {
    return invalidParameter(
      `The location '${body.location}' of the Run Command is not '${machine.location}', that of its virtual machine.`,
    );
  }
  const { maximumScriptBytes } = azure.world.runCommand;
  const bytes = Buffer.byteLength(body.properties.source.script ?? "");
  if (maximumScriptBytes !== null && bytes > maximumScriptBytes) return requestTooLarge(bytes, maximumScriptBytes);
  const found = machine.runCommands.get(name.toLowerCase());
  if (found?.provisioningState === "Deleting") return anotherOperationInProgress();
  // The same body under the same name does not run again. This makes a retried PUT harmless.
  if (found && isDeepStrictEqual(found.body, body)) return provisioning(200, request, machine, found, azure);
  if (found && !isProvisioned(found)) return anotherOperationInProgress();
  if (machine.restarting) return anotherOperationInProgress();
  if (machine.powerState !== "running") return vmNotRunning();
  if (!found && machine.runCommands.size >= maximumPerVm) {
    return tooManyRunCommands(maximumPerVm, machine.runCommands.size);
  }
  found?.stop.abort();
  const command = startRunCommand(azure, machine, found?.name ?? name, body, found !== undefined);
  machine.runCommands.set(name.toLowerCase(), command);
  machine.startedRunCommands += 1;
  const reply = provisioning(found ? 200 : 201, request, machine, command, azure);
  if (machine.startedRunCommands === machine.spec.instance.scaledInAfterRunCommands) deleteMachine(azure, machine);
  return reply;
}

export const getRunCommand = onMachine((request, machine, azure) => {
  const found = find(request, machine);
  if (!found) return notThere(request, machine);
  const reply = jsonReply(describeRunCommand(machine, found, wantsView(request)));
  const { pollRetryAfterSeconds } = azure.world.runCommand;
  const hasEnded = found.view.endTime !== undefined;
  if (hasEnded || pollRetryAfterSeconds === 0) return reply;
  return { ...reply, headers: { ...reply.headers, "retry-after": String(pollRetryAfterSeconds) } };
});

export const listRunCommands = onMachine((request, machine) =>
  jsonReply({
    value: [...machine.runCommands.values()].map((one) => describeRunCommand(machine, one, wantsView(request))),
  }),
);

/** The resource stays, as `Deleting`, until the agent has let go of it. */
export const deleteRunCommand = onMachine((request, machine, azure) => {
  const found = find(request, machine);
  if (!found) return { status: 204 };
  found.stop.abort();
  const isFirst = found.provisioningState !== "Deleting";
  found.provisioningState = "Deleting";
  const { seconds } = azure.world.runCommand;
  const released = waitSeconds(azure.clock, seconds / 10, azure.closing).then((): OperationEnd => {
    if (isFirst) machine.runCommands.delete(found.name.toLowerCase());
    return { ok: true };
  });
  return accepted(202, undefined, request, machine, azure, released);
});

function wrongMember({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `Error converting value at path '${issue?.path.join(".") ?? ""}': ${issue?.message ?? ""}`;
}

function find(request: ArmRequest, machine: Machine): ManagedRunCommand | undefined {
  return machine.runCommands.get((request.params.runCommand ?? "").toLowerCase());
}

function notThere(request: ArmRequest, machine: Machine): Reply {
  const [, typeAndName = ""] = machine.id.split("/providers/");
  return resourceNotFound(`${typeAndName}/runCommands/${request.params.runCommand}`, machine.resourceGroup);
}

function wantsView(request: ArmRequest): boolean {
  // An Arc-enabled server always shows it: its read has no $expand (REST API of Microsoft.HybridCompute).
  const isArc = /\/Microsoft\.HybridCompute\//i.test(request.path);
  return isArc || request.query.get("$expand")?.toLowerCase() === "instanceview";
}

function isProvisioned(command: ManagedRunCommand): boolean {
  return command.provisioningState === "Succeeded" || command.provisioningState === "Failed";
}

function provisioning(
  status: number,
  request: ArmRequest,
  machine: Machine,
  command: ManagedRunCommand,
  azure: Azure,
): Reply {
  const body = describeRunCommand(machine, command, false);
  if (isProvisioned(command)) return jsonReply(body, status);
  const reply = accepted(status, body, request, machine, azure, command.provisioned);
  // No Location here. Recorded: azure-powershell, Set-AzVMRunCommand; azure-cli, test_vm_run_command_e2e.
  const { location: _, ...headers } = reply.headers ?? {};
  return { ...reply, headers: { ...headers, "azure-asyncnotification": "Enabled" } };
}

function accepted(
  status: number,
  body: object | undefined,
  request: ArmRequest,
  machine: Machine,
  azure: Azure,
  work: Promise<OperationEnd>,
): Reply {
  const operation = azure.operations.begin(
    { location: machine.location, subscription: machine.subscriptionId, vm: machine.key },
    work,
  );
  return { status, headers: operationHeaders(operation, azure.origin, request.apiVersion), ...(body && { body }) };
}
