import type { VirtualMachine } from "@azure/arm-compute";
import { parseArmScope } from "../core/arm-scope.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { parseVmId, type VmId } from "../core/vm-id.ts";
import type { VmFinder } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** Needs the right `Microsoft.Compute/virtualMachines/read` on the scope; VMs that may not be read are not found. */
export function createVmFinder(clients: Clients): VmFinder {
  return {
    async find(tag, scope) {
      return list(clients, "search VMs by tag", scope, ({ tags = {} }) => hasTag(tags, tag));
    },

    async named(name, scope) {
      const one = parseVmId(scope);
      if (one.ok) return ok(isCalled(one.value.name, name) ? [one.value] : []);
      return list(clients, "search VMs by name", scope, ({ name: own, osProfile }) =>
        [own, osProfile?.computerName].some((known) => isCalled(known ?? "", name)),
      );
    },
  };
}

async function list(
  clients: Clients,
  doing: string,
  scope: string,
  isMeant: (machine: VirtualMachine) => boolean,
): Promise<Result<VmId[]>> {
  const within = parseArmScope(scope);
  if (!within || within.vm !== null) {
    return fail(
      "invalid-input",
      `"${scope.slice(0, 200)}" is no scope to search. Give the resource id of a subscription or of a resource group.`,
    );
  }
  return callAzure(doing, async () => {
    const { subscriptionId, resourceGroup } = within;
    const machines = clients.compute(subscriptionId).virtualMachines;
    const found: VmId[] = [];
    for await (const machine of resourceGroup === null ? machines.listAll() : machines.list(resourceGroup)) {
      const vm = parseVmId(machine.id ?? "");
      if (vm.ok && isMeant(machine)) found.push(vm.value);
    }
    return found;
  });
}

/** Azure compares the names of tags without regard to case, and their values with it. */
function hasTag(tags: Record<string, string>, { name, value }: { name: string; value: string }): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}

/** A computer in a domain is often told by its full name, of which its own is the first part. */
function isCalled(own: string, name: string): boolean {
  const [asked, known] = [name.toLowerCase(), own.toLowerCase()];
  return known !== "" && (asked === known || asked.startsWith(`${known}.`));
}
