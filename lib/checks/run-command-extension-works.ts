import { azDeleteExtension, azRemoveActionExtension, azRunCommand } from "../core/az-commands.ts";
import type { BrokenExtension } from "../core/azure-evidence.ts";
import { type Check, type CheckResult, faulty, healthy, notApplicable, noted } from "../core/check.ts";
import type { Evidence } from "../core/evidence.ts";
import { parseVmId } from "../core/vm-id.ts";
import { brief, fitting } from "./_section.ts";

/**
 * Managed Run Commands need the handler RunCommandHandlerWindows in the VM; action ones (`az vm run-command invoke`)
 * need RunCommandWindows, which this service does not use. A handler that is not Ready is a fault only where no answer
 * came from inside: a script that ran has shown that it works.
 */
export const runCommandExtensionWorks: Check = {
  id: "run-command-extension-works",
  title: "The extension that runs Run Commands works",
  needsGuest: false,
  run({ azure, guest }) {
    const { brokenExtensions = [], powerState } = azure.vm;
    if (powerState !== "running" && powerState !== "unknown") {
      return notApplicable(`The VM is ${powerState}; its extensions report only while it runs.`);
    }
    const handler = brokenExtensions.find(({ type }) => /Handler/i.test(type));
    if (handler) return judgeHandler(handler, azure.vm.id, guest);
    const [action] = brokenExtensions;
    if (action) return judgeAction(action, azure.vm.id);
    return healthy("Azure reports no handler and no extension of Run Command that is broken.");
  },
};

function judgeHandler({ type, state, message }: BrokenExtension, id: string | undefined, guest: Evidence["guest"]) {
  const told = `The handler ${type} reports "${state}"${message ? `: ${brief(message)}` : ""}.`;
  if (guest) return noted(`${told} Run Commands run all the same.`, { state });
  const cure =
    "Azure installs it again once the VM holds no Run Command: delete them (the evidence has the command that lists them), then reapply the VM (az vm reapply).";
  const vm = parseVmId(id ?? "");
  return faulty(fitting(told, cure), [], { state, ...(vm.ok && { command: azRunCommand(vm.value, "list") }) });
}

/** It keeps others from using action Run Commands; managed ones have a handler of their own. */
function judgeAction({ type, state, message }: BrokenExtension, id: string | undefined): CheckResult {
  const told = `The extension ${type} of action Run Commands is ${state}${message ? `: ${brief(message)}` : ""}.`;
  const cure = "This service does not need it. The evidence has the commands that remove it.";
  const vm = parseVmId(id ?? "");
  if (!vm.ok) return noted(told, { state });
  const commands = [azRemoveActionExtension(vm.value), azDeleteExtension(vm.value, type)];
  return noted(fitting(told, cure), { state, command: commands[0] ?? "", otherwise: commands[1] ?? "" });
}
