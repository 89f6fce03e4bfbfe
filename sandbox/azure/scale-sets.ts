import { instanceIdNotNumeric, instanceNotActive, resourceNotFound } from "./arm-error.ts";
import type { Azure } from "./azure.ts";
import type { Reply } from "./http.ts";
import type { Machine } from "./machine.ts";
import type { ArmRequest } from "./route.ts";

type Params = ArmRequest["params"];

/** The machines of the scale set that a path names: instances of a uniform one, VMs of a flexible one. */
export function membersOf({ subscription = "", resourceGroup = "", scaleSet = "" }: Params, azure: Azure): Machine[] {
  return azure.machines.filter(
    (one) =>
      same(one.subscriptionId, subscription) &&
      same(one.resourceGroup, resourceGroup) &&
      same(setNameOf(one), scaleSet),
  );
}

/** Each scale set, uniform or flexible, by its id and one of its machines, which has what the world says of the set. */
export function scaleSetsOf({ machines }: Azure): { id: string; name: string; member: Machine }[] {
  const sets = machines.flatMap((member) => {
    const name = setNameOf(member);
    const { subscriptionId, resourceGroup } = member;
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    return name ? [{ id: `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`, name, member }] : [];
  });
  return [...new Map(sets.map((set) => [set.id.toLowerCase(), set])).values()];
}

/** Empty when the machine is in no set. */
function setNameOf({ spec }: Machine): string {
  return spec.kind === "scale-set-instance" ? (spec.name.split("/")[0] ?? "") : (spec.scaleSet ?? "");
}

/** The compute provider's refusal of an instance that its scale set does not have; `null`: the path names none. */
export function noInstance(params: Params, azure: Azure): Reply | null {
  const { scaleSet, vm = "", resourceGroup = "" } = params;
  if (scaleSet === undefined) return null;
  if (membersOf(params, azure).length === 0) {
    return resourceNotFound(`Microsoft.Compute/virtualMachineScaleSets/${scaleSet}`, resourceGroup);
  }
  return /^\d+$/.test(vm) ? instanceNotActive(vm) : instanceIdNotNumeric();
}

/** Deletes a machine with all that belongs to it: a script that is at work there ends with it. */
export function deleteMachine(azure: Azure, machine: Machine): void {
  azure.log(`${machine.name}: is deleted`);
  for (const command of machine.runCommands.values()) command.stop.abort();
  azure.machines.splice(azure.machines.indexOf(machine), 1);
  azure.world.vms.splice(azure.world.vms.indexOf(machine.spec), 1);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
