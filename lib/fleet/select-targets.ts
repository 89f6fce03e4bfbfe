import { ok, type Result } from "../core/problem.ts";
import { type VmId, vmKey } from "../core/vm-id.ts";
import type { Target } from "./fleet-operation.ts";
import type { FleetInventory, Selection } from "./ports.ts";

/** `tags` are `null` where Azure did not show the VM. */
export type MayWorkOn = (vm: VmId, tags: Readonly<Record<string, string>> | null) => Promise<Result<boolean>>;

export interface SelectedTargets {
  readonly targets: readonly Target[];
  /** VMs on which this caller may not do this. */
  readonly refused: readonly VmId[];
}

/**
 * The VMs of a selection, each with its region. Those of a list stay, also when Azure does not show them: Resource Graph is
 * some minutes behind, and the run of a VM that is not there says so.
 */
export async function selectTargets(
  inventory: FleetInventory,
  selection: Selection,
  mayWorkOn: MayWorkOn,
): Promise<Result<SelectedTargets>> {
  const found = await inventory.find(selection);
  if (!found.ok) return found;
  const known = new Map(found.value.map((one) => [vmKey(one.vm), one]));
  const wanted = selection.kind === "list" ? selection.vms : found.value.map(({ vm }) => vm);
  const targets: Target[] = [];
  const refused: VmId[] = [];
  for (const vm of wanted) {
    const { location = null, tags = null } = known.get(vmKey(vm)) ?? {};
    const may = await mayWorkOn(vm, tags);
    if (!may.ok) return may;
    if (may.value) targets.push({ vm, location });
    else refused.push(vm);
  }
  return ok({ targets, refused });
}

/** The selection in words. */
export function describeSelection(selection: Selection): string {
  switch (selection.kind) {
    case "list":
      return `${selection.vms.length} VMs of a list`;
    case "scope": {
      const { tag, scope } = selection;
      return tag ? `the VMs of ${scope} with the tag ${tag.name}=${tag.value}` : `the Windows VMs of ${scope}`;
    }
    case "query": {
      const { query, subscriptions } = selection;
      const where = subscriptions.length > 0 ? ` in ${subscriptions.join(", ")}` : "";
      return `the VMs of a query${where}: ${query.replace(/\s+/g, " ").slice(0, 300)}`;
    }
  }
}
