import { formatVmId, nameParts, type VmId } from "./vm-id.ts";
import { traitsOf } from "./vm-kinds.ts";

/*
 * Commands of the Azure CLI for the Run Commands of a machine, ready to paste. Source of the options:
 * learn.microsoft.com, cli/azure/vm/run-command, cli/azure/vmss/run-command, cli/azure/connectedmachine/run-command,
 * cli/azure/vm/extension, cli/azure/vmss and cli/azure/resource.
 */

/** `name` is that of the Run Command. */
export function azRunCommand(vm: VmId, verb: "list"): string;
export function azRunCommand(vm: VmId, verb: "show" | "delete", name: string): string;
export function azRunCommand(vm: VmId, verb: "list" | "show" | "delete", name?: string): string {
  const { cli, expandsInstanceView } = traitsOf(vm);
  const parts = nameParts(vm).flatMap((part, index) => [cli.nameOptions[index] ?? "", word(part ?? "")]);
  const of = [cli.group, verb, ...parts, ...within(vm)];
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
  const command =
    nameParts(vm).length > 1
      ? ofInstance(vm, "az vmss run-command invoke", "--instance-id")
      : `az vm run-command invoke --name ${word(vm.name)}`;
  return [command, ...within(vm)].concat("--command-id RemoveRunCommandWindowsExtension").join(" ");
}

/** `name` is that of the extension, e.g. `RunCommandWindows`. Those of one instance have no command of their own. */
export function azDeleteExtension(vm: VmId, name: string): string {
  if (nameParts(vm).length > 1) return `az resource delete --ids ${word(`${formatVmId(vm)}/extensions/${name}`)}`;
  return ["az vm extension delete --vm-name", word(vm.name), ...within(vm), "--name", word(name)].join(" ");
}

export function azStart(vm: VmId): string {
  return nameParts(vm).length > 1
    ? [ofInstance(vm, "az vmss start", "--instance-ids"), ...within(vm)].join(" ")
    : `az vm start --ids ${word(formatVmId(vm))}`;
}

/** Gives an instance a new disk with the image of its scale set: what was changed inside it is lost. */
export function azReimage(vm: VmId): string {
  return [ofInstance(vm, "az vmss reimage", "--instance-ids"), ...within(vm)].join(" ");
}

/** `command` of the group `az vmss`, with the scale set and the instance. */
function ofInstance(vm: VmId, command: string, option: string): string {
  const [set, instance = ""] = nameParts(vm);
  return `${command} --name ${word(set)} ${option} ${instance}`;
}

function within({ resourceGroup, subscriptionId }: VmId): string[] {
  return ["--resource-group", word(resourceGroup), "--subscription", subscriptionId];
}

/** Quotes a name or a resource id for POSIX shells and for PowerShell; Azure's names contain no quotation marks. */
export function word(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text}'`;
}
