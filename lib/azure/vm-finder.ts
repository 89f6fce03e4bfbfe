import { fail, type Result } from "../core/problem.ts";
import { parseVmId, type VmId } from "../core/vm-id.ts";
import type { VmFinder } from "../runs/ports.ts";
import type { Clients } from "./clients.ts";
import { ask } from "./problem.ts";

const scopeShape = /^\/subscriptions\/([0-9a-f-]{36})(?:\/resourceGroups\/([^/?#]+))?\/?$/i;

/** Needs the right `Microsoft.Compute/virtualMachines/read` on the scope; VMs that may not be read are not found. */
export function createVmFinder(clients: Clients): VmFinder {
  return {
    async find(tag, scope): Promise<Result<VmId[]>> {
      const [, subscription, group] = scopeShape.exec(scope) ?? [];
      if (!subscription) {
        return fail(
          "invalid-input",
          `"${scope.slice(0, 200)}" is no scope to search. Give the resource id of a subscription or of a resource group.`,
        );
      }
      return ask("search VMs by tag", () => search(clients, tag, subscription, group));
    },
  };
}

async function search(
  clients: Clients,
  tag: { name: string; value: string },
  subscription: string,
  group: string | undefined,
): Promise<VmId[]> {
  const machines = clients.compute(subscription).virtualMachines;
  const found: VmId[] = [];
  for await (const { id, tags } of group ? machines.list(group) : machines.listAll()) {
    if (!hasTag(tags ?? {}, tag)) continue;
    const vm = parseVmId(id ?? "");
    if (vm.ok) found.push(vm.value);
  }
  return found;
}

/** Azure compares the names of tags without regard to case, and their values with it. */
function hasTag(tags: Record<string, string>, { name, value }: { name: string; value: string }): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}
