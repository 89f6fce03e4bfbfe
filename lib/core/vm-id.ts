import { z } from "zod";
import { foldId, ResourceGroupName } from "./arm-scope.ts";
import { fail, ok, type Result } from "./problem.ts";
import { armPath, readArmPath } from "./resource-id.ts";
import { kindOfType, traitsOf } from "./vm-kinds.ts";

// The name of a Windows VM, of a server and of a scale set: 1 to 64 letters, digits, _ - . A uniform scale set numbers its
// instances, with at most 36^6 (learn.microsoft.com, azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids).
const name = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?(?:\/(?:0|[1-9][0-9]{0,9}))?$/;

/**
 * A machine by its three names, and its kind where it is no ordinary virtual machine. Azure compares the names
 * case-insensitively. An instance of a uniform scale set has the name `SET/NUMBER`, as ARM writes the name of a child.
 */
export const VmId = z
  .strictObject({
    subscriptionId: z.guid(),
    resourceGroup: ResourceGroupName,
    name: z.string().regex(name),
    /** Absent: an ordinary virtual machine, as in runs of earlier versions. */
    kind: z.enum(["arc-machine", "scale-set-instance"]).optional(),
  })
  .refine((vm) => nameParts(vm).length === traitsOf(vm).type.split("/").length - 1, {
    path: ["name"],
    error: "has more or fewer parts than its kind",
  });
export type VmId = z.infer<typeof VmId>;

const before = "/subscriptions/<id>/resourceGroups/<group>/providers";
const shape = `${before}/Microsoft.Compute/virtualMachines/<name>`;
const arcShape = `${before}/Microsoft.HybridCompute/machines/<name>`;
const instanceShape = `${before}/Microsoft.Compute/virtualMachineScaleSets/<set>/virtualMachines/<number>`;

/**
 * Reads an ARM resource id. The fixed words are case-insensitive, as in ARM. A URL is rejected, because it belongs to
 * some cloud's endpoint; it is not silently reduced to a path.
 */
export function parseVmId(text: string): Result<VmId> {
  const trimmed = text.trim();
  if (/^https?:/i.test(trimmed)) {
    return fail(
      "foreign-cloud",
      `A VM is named by its resource id alone, so that it cannot point at another cloud. Give ${shape}, without the address in front.`,
    );
  }
  const { type = "", ...names } = readArmPath(trimmed) ?? {};
  const kind = kindOfType(type);
  const parsed = VmId.safeParse({ ...names, ...(kind !== "virtual-machine" && { kind }) });
  if (kind && parsed.success) return ok(parsed.data);
  const told = `"${trimmed.slice(0, 200)}" is not the resource id of a virtual machine.`;
  if (/\/virtualMachineScaleSets\//i.test(trimmed)) {
    return fail(
      "invalid-vm-id",
      `${told} An instance of a uniform scale set is ${instanceShape} (az vmss list-instances lists the numbers); one of a flexible scale set is an ordinary VM: ${shape}.`,
    );
  }
  return fail("invalid-vm-id", `${told} Give ${shape}, or ${arcShape} for an Arc-enabled server.`);
}

/** The ARM resource id, in ARM's own spelling. */
export function formatVmId(vm: VmId): string {
  return armPath({ ...vm, type: traitsOf(vm).type });
}

/** The id in the one spelling that is used for comparisons and claims. */
export function vmKey(vm: VmId): string {
  return foldId(formatVmId(vm));
}

/** The parts of a name: of an instance its scale set and its number. */
export function nameParts(vm: { readonly name: string }): [name: string, instance?: string] {
  const [first = "", second] = vm.name.split("/");
  return second === undefined ? [first] : [first, second];
}

/** The id of the scale set of an instance; `null`: it is no instance. */
export function scaleSetIdOf(vm: VmId): string | null {
  const { type } = traitsOf(vm);
  const [set, instance] = nameParts(vm);
  return instance === undefined ? null : armPath({ ...vm, type: type.slice(0, type.lastIndexOf("/")), name: set });
}
