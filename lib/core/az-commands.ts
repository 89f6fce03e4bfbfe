import type { VmId } from "./vm-id.ts";
import { traitsOf } from "./vm-kinds.ts";

/*
 * Commands of the Azure CLI for the Run Commands of a machine, ready to paste. Source of the options:
 * learn.microsoft.com, cli/azure/vm/run-command, cli/azure/connectedmachine/run-command and cli/azure/vm/extension.
 */

/** `name` is that of the Run Command. */
export function azRunCommand(vm: VmId, verb: "list"): string;
export function azRunCommand(vm: VmId, verb: "show" | "delete", name: string): string;
export function azRunCommand(vm: VmId, verb: "list" | "show" | "delete", name?: string): string {
  const { cli, expandsInstanceView } = traitsOf(vm);
  const of = [cli.group, verb, cli.nameOption, word(vm.name), ...within(vm)];
  if (name !== undefined) of.push("--name", word(name));
  if (verb === "show" && expandsInstanceView) of.push("--instance-view");
  if (verb === "delete") of.push("--yes");
  return of.join(" ");
}

/**
 * Removes the extension of action Run Commands; Azure installs it again with the next one. Source: learn.microsoft.com,
 * azure/virtual-machines/windows/run-command, "Action Run Command Removal".
 */
export function azRemoveActionExtension(vm: VmId): string {
  return ["az vm run-command invoke --name", word(vm.name), ...within(vm)]
    .concat("--command-id RemoveRunCommandWindowsExtension")
    .join(" ");
}

/** `name` is that of the extension, e.g. `RunCommandWindows`. */
export function azDeleteExtension(vm: VmId, name: string): string {
  return ["az vm extension delete --vm-name", word(vm.name), ...within(vm), "--name", word(name)].join(" ");
}

function within({ resourceGroup, subscriptionId }: VmId): string[] {
  return ["--resource-group", word(resourceGroup), "--subscription", subscriptionId];
}

/** Quotes a name or a resource id for POSIX shells and for PowerShell; Azure's names contain no quotation marks. */
export function word(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text}'`;
}
