import { z } from "zod";
import { foldId, ResourceGroupName } from "./arm-scope.ts";
import { fail, ok, type Result } from "./problem.ts";
import { kindOfType, traitsOf } from "./vm-kinds.ts";

/**
 * A machine by its three names, and its kind where it is no ordinary virtual machine. Azure compares the names
 * case-insensitively.
 */
export const VmId = z.strictObject({
  subscriptionId: z.guid(),
  resourceGroup: ResourceGroupName,
  // The resource name of a Windows VM: 1 to 64 letters, digits, _ - .
  name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]$|^[A-Za-z0-9_]$/),
  /** Absent: an ordinary virtual machine, as in runs of earlier versions. */
  kind: z.enum(["arc-machine"]).optional(),
});
export type VmId = z.infer<typeof VmId>;

const before = "/subscriptions/<id>/resourceGroups/<group>/providers";
const shape = `${before}/Microsoft.Compute/virtualMachines/<name>`;
const arcShape = `${before}/Microsoft.HybridCompute/machines/<name>`;

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
  if (/\/virtualMachineScaleSets\//i.test(trimmed)) {
    return fail(
      "invalid-vm-id",
      "This is an instance of a scale set. Only single virtual machines are repaired; reimage or replace the instance instead.",
    );
  }
  const [, subscriptionId, resourceGroup, type = "", name] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)$/i.exec(trimmed) ?? [];
  const kind = kindOfType(type);
  const parsed = VmId.safeParse({
    subscriptionId,
    resourceGroup,
    name,
    ...(kind !== "virtual-machine" && { kind }),
  });
  if (!kind || !parsed.success) {
    return fail(
      "invalid-vm-id",
      `"${trimmed.slice(0, 200)}" is not the resource id of a virtual machine. Give ${shape}, or ${arcShape} for a server of Azure Arc.`,
    );
  }
  return ok(parsed.data);
}

/** The ARM resource id, in ARM's own spelling. */
export function formatVmId(vm: VmId): string {
  return `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/${traitsOf(vm).type}/${vm.name}`;
}

/** The id in the one spelling that is used for comparisons and claims. */
export function vmKey(vm: VmId): string {
  return foldId(formatVmId(vm));
}
