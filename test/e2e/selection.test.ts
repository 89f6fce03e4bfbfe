import { afterEach, expect, test } from "vitest";
import { parseVmId } from "../../lib/core/vm-id.ts";
import type { Selection } from "../../lib/fleet/ports.ts";
import { startScheduledScans } from "../../lib/fleet/scheduled-scan.ts";
import { selectTargets } from "../../lib/fleet/select-targets.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { type ServedApi, serveApi } from "../fixtures/served-api.ts";
import { worldOf } from "../sandbox/simulated-azure.ts";

/* Each way of selecting machines finds the same ones: VMs, instances of uniform scale sets and Arc-enabled servers. */

const scope = `/subscriptions/${sandboxSubscription}`;
const tag = { name: "Team", value: "a" };
const tags = { team: "a" };

/** Every machine with Windows has the tag: an instance by its set. */
const world = worldOf({
  vms: [
    { name: "vm-app-01", tags },
    { name: "vm-of-flexible-set", scaleSet: "vmss-flex", tags, network: { nics: [{ privateAddress: "10.0.0.6" }] } },
    { kind: "scale-set-instance", name: "vmss-app/3", instance: { setTags: tags } },
    { kind: "arc-machine", name: "srv-branch-01", resourceGroup: "rg-branch", tags },
    { name: "vm-linux", osType: "Linux", tags, network: { nics: [{ privateAddress: "10.0.0.7" }] } },
  ],
});
const tagged = ["srv-branch-01", "vm-app-01", "vm-of-flexible-set", "vmss-app/3"];

let service: SandboxService;
let server: ServedApi | undefined;
afterEach(async () => {
  await server?.close();
  await service.close();
  server = undefined;
});

function namesOf(ids: readonly string[]): string[] {
  return ids
    .map(parseVmId)
    .map((vm) => (vm.ok ? vm.value.name : vm.problem.message))
    .toSorted();
}

async function select(selection: Selection): Promise<string[]> {
  const found = await selectTargets(service.inventory, selection, async () => ({ ok: true, value: true }));
  if (!found.ok) throw new Error(found.problem.message);
  return found.value.targets.map(({ vm }) => vm.name).toSorted();
}

test("a run by tag, an operation, a scan and the terminal", async () => {
  service = await serveWorld(world, "modelled");
  server = await serveApi(service);
  const client = await server.clientOf(service.sandbox.clients.requester);
  const runs = await client("/api/runs", { tag, scope, mode: "diagnose" });
  expect(runs.status).toBe(202);
  expect(namesOf((runs.json.runs as { vm: string }[]).map(({ vm }) => vm))).toEqual(tagged);

  const operation = await client("/api/operations", { tag, scope, mode: "diagnose" });
  expect(operation).toMatchObject({ status: 202 });
  expect(await targetsOf(String(operation.json.id))).toEqual(tagged);

  expect(await select({ kind: "scope", scope, tag })).toEqual(tagged);
  const started: string[] = [];
  const fleet = {
    get: service.fleet.get,
    start: (creating: Parameters<typeof service.fleet.start>[0]) => {
      started.push(...creating.targets.map(({ vm }) => vm.name));
      return service.fleet.start(creating);
    },
  };
  const scans = { inventory: service.inventory, scopes: [scope], everyHours: 24, now: () => service.clock.now() };
  await startScheduledScans({ fleet, ...scans });
  expect(started.toSorted()).toEqual(tagged);
});

test("a scale set is a scope of each", async () => {
  service = await serveWorld(world, "modelled");
  server = await serveApi(service);
  const client = await server.clientOf(service.sandbox.clients.requester);
  const set = `${scope}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-app`;
  const runs = await client("/api/runs", { tag, scope: set, mode: "diagnose" });
  expect(namesOf((runs.json.runs as { vm: string }[]).map(({ vm }) => vm))).toEqual(["vmss-app/3"]);
  const operation = await client("/api/operations", { scope: set, mode: "diagnose" });
  expect(await targetsOf(String(operation.json.id))).toEqual(["vmss-app/3"]);
});

async function targetsOf(id: string): Promise<string[]> {
  return (await service.store.targetsOf(id, 0, 100)).map(({ vm }) => vm.name).toSorted();
}
