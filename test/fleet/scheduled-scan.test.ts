import { beforeEach, expect, test } from "vitest";
import { fail, ok } from "../../lib/core/problem.ts";
import type { CreatedOperation } from "../../lib/fleet/create-operation.ts";
import type { FleetEngine } from "../../lib/fleet/fleet-engine.ts";
import type { FleetInventory, FoundVm } from "../../lib/fleet/ports.ts";
import { startScheduledScans } from "../../lib/fleet/scheduled-scan.ts";
import { aTarget } from "./operations.ts";

const group = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app";
const other = "/subscriptions/00000000-0000-4000-8000-000000000002";

let started: Map<string, CreatedOperation>;
let vms: Record<string, number | null>;
let now: Date;
beforeEach(() => {
  started = new Map();
  vms = { [group]: 2, [other]: 1 };
  now = new Date("2026-11-21T08:00:00Z");
});

const fleet: Pick<FleetEngine, "start" | "get"> = {
  async start(created) {
    started.set(created.operation.id, created);
    return created.operation;
  },
  async get(id) {
    const found = started.get(id);
    return found ? ok(found.operation) : fail("operation-not-found", "none");
  },
};

const inventory: FleetInventory = {
  async find(selection) {
    if (selection.kind === "list") return ok([]);
    const count = selection.kind === "scope" ? vms[selection.scope] : undefined;
    if (count === undefined) throw new Error(`Nobody expects ${JSON.stringify(selection)}.`);
    if (count === null) return fail("right-missing", "The role is missing.");
    return ok(
      Array.from({ length: count }, (_, at): FoundVm => ({ vm: aTarget(at).vm, location: "westeurope", tags: {} })),
    );
  },
};

function scan(scopes: readonly string[], everyHours = 24) {
  return startScheduledScans({ fleet, inventory, scopes, everyHours, now: () => now });
}

test("looks at each scope once in a period, whoever asks and however often, and changes nothing", async () => {
  await Promise.all([scan([group, other]), scan([group, other])]);
  await scan([group, other]);
  expect(started.size).toBe(2);
  for (const { operation } of started.values()) {
    expect(operation).toMatchObject({
      intent: "diagnose",
      trigger: { kind: "schedule" },
      waveSizes: [operation.total],
    });
  }
  now = new Date(now.getTime() + 86_400_000);
  await scan([group, other]);
  expect(started.size).toBe(4);
});

test("a shorter period looks more often", async () => {
  await scan([group], 6);
  now = new Date(now.getTime() + 6 * 3_600_000);
  await scan([group], 6);
  expect(started.size).toBe(2);
});

test("a scope may be one VM; a scope without VMs is asked again later; without scopes nothing is asked", async () => {
  await scan([`${group}/providers/Microsoft.Compute/virtualMachines/vm-app-01`]);
  expect([...started.values()].map(({ targets }) => targets[0]?.vm.name)).toEqual(["vm-app-01"]);
  vms[group] = 0;
  await scan([group]);
  expect(started.size).toBe(1);
  vms[group] = 1;
  await scan([group]);
  expect(started.size).toBe(2);
  await scan([]);
});

test("a scope that cannot be read costs itself, is told, and is tried again", async () => {
  vms[group] = null;
  await expect(scan([group, other])).rejects.toThrow(`look at ${group} was not started: The role is missing.`);
  expect(started.size).toBe(1);
  vms[group] = 2;
  await scan([group, other]);
  expect(started.size).toBe(2);
});
