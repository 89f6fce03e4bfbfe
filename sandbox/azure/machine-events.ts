import type { Azure } from "./azure.ts";
import { type Machine, makeMachine } from "./machine.ts";
import { deleteMachine } from "./scale-sets.ts";

/* What may happen to a machine while a run works on it. */

/** Deletes a machine, and makes another one under the same resource id, from the same image. */
export function replaceMachine(azure: Azure, name: string): void {
  const { at, former } = find(azure, name);
  deleteMachine(azure, former);
  azure.world.vms.splice(at, 0, former.spec);
  azure.machines.splice(at, 0, makeMachine(former.spec, azure.now, former.generation + 1));
}

/** A new disk: a script that is at work ends, and the machine keeps its unique id. */
export function reimageMachine(azure: Azure, name: string): void {
  const { at, former } = find(azure, name);
  for (const command of former.runCommands.values()) command.stop.abort();
  azure.machines.splice(at, 1, makeMachine(former.spec, azure.now, former.generation));
}

/** Azure moves a VM while it runs: disk, scripts and unique id stay, and the former id is not found any more. */
export function moveMachine(azure: Azure, name: string, resourceGroup: string): void {
  const { at, former } = find(azure, name);
  const spec = { ...former.spec, resourceGroup };
  const { id, key } = makeMachine(spec, azure.now, former.generation);
  azure.machines.splice(at, 1, { ...former, resourceGroup, id, key, spec });
  azure.world.vms.splice(at, 1, spec);
}

function find({ machines }: Azure, name: string): { at: number; former: Machine } {
  const at = machines.findIndex((one) => one.name.toLowerCase() === name.toLowerCase());
  const former = machines[at];
  if (!former) throw new RangeError(`No VM of this world is called ${name}.`);
  return { at, former };
}
