import { derivedId } from "../core/derived-id.ts";
import { parseVmId } from "../core/vm-id.ts";
import { createOperation } from "./create-operation.ts";
import type { FleetEngine } from "./fleet-engine.ts";
import { lookPolicy } from "./fleet-operation.ts";
import type { FleetInventory, Selection } from "./ports.ts";
import { describeSelection, selectTargets } from "./select-targets.ts";

export interface ScheduledScanOptions {
  readonly fleet: Pick<FleetEngine, "start" | "get">;
  readonly inventory: FleetInventory;
  /** Resource ids of subscriptions, resource groups, scale sets or VMs; empty: nothing is scheduled. */
  readonly scopes: readonly string[];
  readonly everyHours: number;
  readonly now: () => Date;
}

/** The name space of the ids of scheduled operations. */
const nameSpace = "6a1d9c9e-5f0b-4b0e-9a55-2f0d3c7e8b41";

/**
 * Starts the look at each scope that is due: one in each period of so many hours. Its id is derived from both, so that
 * several processes start it once. @throws what prevented one; the others were started
 */
export async function startScheduledScans(options: ScheduledScanOptions): Promise<void> {
  const failures: Error[] = [];
  for (const scope of options.scopes) {
    await startScan(scope, options).catch((error: Error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function startScan(scope: string, { fleet, inventory, everyHours, now }: ScheduledScanOptions): Promise<void> {
  const period = Math.floor(now().getTime() / (everyHours * 3_600_000));
  const id = derivedId(nameSpace, `${scope.toLowerCase()} ${everyHours} ${period}`);
  if ((await fleet.get(id)).ok) return;
  const vm = parseVmId(scope);
  const selection: Selection = vm.ok ? { kind: "list", vms: [vm.value] } : { kind: "scope", scope };
  const found = await selectTargets(inventory, selection, async () => ({ ok: true, value: true }));
  if (!found.ok) throw new Error(`The scheduled look at ${scope} was not started: ${found.problem.message}`);
  // Nothing to look at yet.
  if (found.value.targets.length === 0) return;
  const created = createOperation(
    {
      id,
      intent: "diagnose",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "schedule", by: "the schedule of the service" },
      request: "",
      selection: describeSelection(selection),
      policy: lookPolicy,
      targets: found.value.targets,
    },
    now(),
  );
  if (!created.ok) throw new Error(`The scheduled look at ${scope} was not started: ${created.problem.message}`);
  await fleet.start(created.value);
}
