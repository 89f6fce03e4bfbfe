import { isUnreadable } from "../../core/guest-evidence.ts";
import type { Run } from "../../core/run.ts";
import type { VmId } from "../../core/vm-id.ts";
import { vmKey } from "../../core/vm-id.ts";
import { asksAzureAlone } from "../machine/network-fix.ts";
import type { RunEngine } from "../ports.ts";

/** How many earlier runs are searched for one that saw the listener. */
const memory = 10;

/**
 * The port for a run that does not look inside the VM: the port on which Remote Desktop listened in the newest run that
 * looked inside. Nothing when a port was given, or when no such run is known: the default port is then evaluated.
 */
export async function lastSeenPort(
  engine: Pick<RunEngine, "list">,
  vm: VmId,
  options: Run["options"],
): Promise<Pick<Run["options"], "port" | "portSeenBy">> {
  if (options.port !== undefined || !asksAzureAlone(options)) return {};
  const { runs } = await engine.list({ vmKey: vmKey(vm), limit: memory });
  for (const { id, before, after } of runs) {
    const listener = (after ?? before)?.guest?.listener;
    if (listener && !isUnreadable(listener)) return { port: listener.port, portSeenBy: id };
  }
  return {};
}
