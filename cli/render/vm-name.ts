import { parseVmId } from "../../lib/core/vm-id.ts";
import type { RunView } from "../../lib/run-view/run-view.ts";

/** The name of the VM of a run; its resource id, where that cannot be read. */
export function nameOf({ vm }: Pick<RunView, "vm">): string {
  const read = parseVmId(vm);
  return read.ok ? read.value.name : vm;
}

/** Resource group and name: people know their VMs by these. */
export function shortNameOf(id: string): string {
  const read = parseVmId(id);
  return read.ok ? `${read.value.resourceGroup}/${read.value.name}` : id;
}
