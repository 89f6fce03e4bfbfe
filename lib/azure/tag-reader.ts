import { ok } from "../core/problem.ts";
import type { VmId } from "../core/vm-id.ts";
import type { TagReader } from "../runs/ports.ts";
import { isArcMachine, readArcMachine } from "./arc-machine.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { isScaleSetInstance, tagsOfInstance } from "./scale-set-instance.ts";

/** Needs the right `read` of the machine's type, and of its scale set. */
export function createTagReader(clients: Clients): TagReader {
  return {
    async tagsOf(vm) {
      const read = await callAzure(`read VM ${vm.name}`, () => tagsOf(clients, vm));
      if (read.ok) return ok(read.value);
      return read.problem.retryable ? read : ok(read.problem.code === "vm-not-found" ? null : {});
    },
  };
}

async function tagsOf(clients: Clients, vm: VmId): Promise<Readonly<Record<string, string>>> {
  if (isArcMachine(vm)) return (await readArcMachine(clients, vm)).vm.tags;
  if (isScaleSetInstance(vm)) return tagsOfInstance(clients, vm);
  return (await clients.compute(vm.subscriptionId).virtualMachines.get(vm.resourceGroup, vm.name)).tags ?? {};
}
