import { parseArmScope } from "../core/arm-scope.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { parseVmId, type VmId } from "../core/vm-id.ts";
import type { VmFinder } from "../runs/ports.ts";
import { isArcMachine, listArcMachines, readArcMachine } from "./arc-machine.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** Needs the right `Microsoft.Compute/virtualMachines/read` on the scope; VMs that may not be read are not found. */
export function createVmFinder(clients: Clients): VmFinder {
  return {
    async find(tag, scope) {
      return list(clients, scope, tag);
    },

    async tagsOf(vm) {
      const read = await callAzure(`read VM ${vm.name}`, () => tagsOf(clients, vm));
      if (read.ok) return ok(read.value);
      return read.problem.retryable ? read : ok(read.problem.code === "vm-not-found" ? null : {});
    },
  };
}

async function tagsOf(clients: Clients, vm: VmId): Promise<Readonly<Record<string, string>>> {
  if (isArcMachine(vm)) return (await readArcMachine(clients, vm)).vm.tags;
  return (await clients.compute(vm.subscriptionId).virtualMachines.get(vm.resourceGroup, vm.name)).tags ?? {};
}

async function list(clients: Clients, scope: string, tag: { name: string; value: string }): Promise<Result<VmId[]>> {
  const within = parseArmScope(scope);
  if (!within || within.vm !== null) {
    return fail(
      "invalid-input",
      `"${scope.slice(0, 200)}" is no scope to search. Give the resource id of a subscription or of a resource group.`,
    );
  }
  const vms = await callAzure("search VMs by tag", async () => {
    const { subscriptionId, resourceGroup } = within;
    const machines = clients.compute(subscriptionId).virtualMachines;
    const found: VmId[] = [];
    for await (const machine of resourceGroup === null ? machines.listAll() : machines.list(resourceGroup)) {
      const vm = parseVmId(machine.id ?? "");
      if (vm.ok && hasTag(machine.tags ?? {}, tag)) found.push(vm.value);
    }
    return found;
  });
  if (!vms.ok) return vms;
  const servers = await callAzure("search servers of Azure Arc by tag", () => listArcMachines(clients, scope));
  // A subscription without Azure Arc refuses the question, and so does a role without it: no server may be worked on there.
  if (!servers.ok) return servers.problem.retryable ? servers : vms;
  return ok([...vms.value, ...servers.value.filter(({ tags }) => hasTag(tags, tag)).map(({ vm }) => vm)]);
}

/** Azure compares the names of tags without regard to case, and their values with it. */
export function hasTag(
  tags: Readonly<Record<string, string>>,
  { name, value }: { name: string; value: string },
): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}
