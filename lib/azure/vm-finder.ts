import { z } from "zod";
import { parseArmScope } from "../core/arm-scope.ts";
import { fail, ok, type Result } from "../core/problem.ts";
import { parseVmId, type VmId } from "../core/vm-id.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import type { VmFinder } from "../runs/ports.ts";
import { chosenVersions } from "./api-versions.ts";
import { isArcMachine, readArcMachine } from "./arc-machine.ts";
import { callAzure, parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { isScaleSetInstance, tagsOfInstance } from "./scale-set-instance.ts";

/**
 * Needs the right `Microsoft.Compute/virtualMachines/read` on the scope; VMs that may not be read are not found. Instances of
 * uniform scale sets are listed set by set, and are not searched: Azure Resource Graph finds them (`fleet-inventory.ts`).
 */
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
  if (isScaleSetInstance(vm)) return tagsOfInstance(clients, vm);
  return (await clients.compute(vm.subscriptionId).virtualMachines.get(vm.resourceGroup, vm.name)).tags ?? {};
}

async function list(clients: Clients, scope: string, tag: { name: string; value: string }): Promise<Result<VmId[]>> {
  if (parseArmScope(scope)?.resource !== null) {
    return fail(
      "invalid-input",
      `"${scope.slice(0, 200)}" is no scope to search. Give the resource id of a subscription or of a resource group.`,
    );
  }
  const vms = await callAzure("search VMs by tag", () => listTagged(clients, scope, {}, tag));
  if (!vms.ok) return vms;
  const servers = await callAzure("search Arc-enabled servers by tag", () =>
    listTagged(clients, scope, { kind: "arc-machine" }, tag),
  );
  // A subscription without Azure Arc refuses the question, and so does a role without it: no server may be worked on there.
  if (!servers.ok) return servers.problem.retryable ? servers : vms;
  return ok([...vms.value, ...servers.value]);
}

const Listed = z.object({ id: z.string(), tags: z.record(z.string(), z.string()).nullish() });

/**
 * The machines of one kind with a tag. Needs the right to read that kind there. Not by the SDK, whose lists hide the sentence
 * of a refusal. @throws what the SDKs throw
 */
async function listTagged(
  clients: Clients,
  scope: string,
  kind: Pick<VmId, "kind">,
  tag: { name: string; value: string },
): Promise<VmId[]> {
  const { type } = traitsOf(kind);
  const version = chosenVersions[type.split("/")[0] ?? ""] ?? "";
  const path = encodeURI(`${scope.trim().replace(/\/+$/, "")}/providers/${type}`);
  const found = await clients.list(path, { "api-version": version });
  return found.flatMap((one) => {
    const { id, tags } = parseResponse(Listed, one, "machine in a list");
    const vm = parseVmId(id);
    return vm.ok && hasTag(tags ?? {}, tag) ? [vm.value] : [];
  });
}

/** Azure compares the names of tags without regard to case, and their values with it. */
export function hasTag(
  tags: Readonly<Record<string, string>>,
  { name, value }: { name: string; value: string },
): boolean {
  return Object.entries(tags).some(([key, held]) => key.toLowerCase() === name.toLowerCase() && held === value);
}
