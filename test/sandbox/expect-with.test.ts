import { expect, onTestFinished, test } from "vitest";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

test("a repair of an Arc-enabled server needs the rights of Azure Arc alone", async () => {
  const service = await serveWorld(readWorld("arc-enabled-server"), "modelled");
  onTestFinished(() => service.close());
  const { sandbox } = service;
  expect((await service.run("repair")).outcome?.kind).toBe("repaired");
  const used = new Set(sandbox.calls.map(({ action }) => action));
  expect([...used].sort()).toEqual([
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.HybridCompute/machines/runCommands/delete",
    "Microsoft.HybridCompute/machines/runCommands/read",
    "Microsoft.HybridCompute/machines/runCommands/write",
  ]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});

test("a repair of an instance of a uniform scale set needs the rights of scale sets and of networks alone", async () => {
  const service = await serveWorld(readWorld("scale-set-uniform-key-corrupt"), "modelled");
  onTestFinished(() => service.close());
  const { sandbox } = service;
  expect((await service.run("repair")).outcome?.kind).toBe("repaired");
  const used = new Set(sandbox.calls.map(({ action }) => action));
  const ofSets = "Microsoft.Compute/virtualMachineScaleSets";
  expect([...used].sort()).toEqual([
    `${ofSets}/read`,
    `${ofSets}/virtualMachines/networkInterfaces/read`,
    `${ofSets}/virtualMachines/read`,
    `${ofSets}/virtualMachines/runCommands/delete`,
    `${ofSets}/virtualMachines/runCommands/read`,
    `${ofSets}/virtualMachines/runCommands/write`,
    "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
    "Microsoft.Network/virtualNetworks/read",
  ]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});

test("an undo in an instance that has no journal of the run says that it may have been reimaged, and changes nothing", async () => {
  const world = readWorld("scale-set-uniform-key-corrupt");
  const service = await serveWorld(world, "modelled");
  onTestFinished(() => service.close());
  const repaired = await service.run("repair");
  expect(repaired.outcome?.kind).toBe("repaired");
  const { state } = service.sandbox.windows(world.vms[0]?.name ?? "");
  const journal = Object.keys(state.files).filter((path) => path.includes(repaired.id));
  expect(journal).not.toEqual([]);
  for (const path of journal) delete state.files[path];
  const before = comparableState(state);
  const undone = await service.undo(repaired.id);
  expect(undone.outcome).toMatchObject({
    kind: "failed",
    summary: expect.stringMatching(/^Nothing was rolled back: .* no journal .* reimaged, replaced or restored/),
  });
  expect(undone.outcome?.summary).not.toContain("The journal stays");
  expect(comparableState(state)).toEqual(before);
});

test("a restart goes to the instance", async () => {
  const world = readWorld("cipher-policy-needs-restart");
  Object.assign(world.vms[0] ?? {}, { kind: "scale-set-instance", name: "vmss-app/3" });
  const service = await serveWorld(world, "modelled");
  onTestFinished(() => service.close());
  expect((await service.run("repair", { maximumRisk: "reboots" })).outcome?.kind).toBe("repaired");
  const restarts = service.sandbox.calls.filter(({ action }) => action?.endsWith("/restart/action"));
  expect(restarts.map(({ path }) => path.split("/providers/")[1])).toEqual([
    "Microsoft.Compute/virtualMachineScaleSets/vmss-app/virtualMachines/3/restart",
  ]);
});

test("a repair with a restart needs all of the role but what alerts, particular networks and operations over many VMs need", async () => {
  const service = await serveWorld(readWorld("cipher-policy-needs-restart"), "modelled");
  onTestFinished(() => service.close());
  const run = await service.run("repair", { maximumRisk: "reboots" });
  const { sandbox } = service;
  expect(run.outcome?.kind).toBe("repaired");
  expect(sandbox.unusedActions()).toEqual([
    "Microsoft.Compute/virtualMachineScaleSets/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/delete",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/restart/action",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/ipConfigurations/publicIPAddresses/read",
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.HybridCompute/machines/runCommands/read",
    "Microsoft.HybridCompute/machines/runCommands/write",
    "Microsoft.HybridCompute/machines/runCommands/delete",
    "Microsoft.Network/routeTables/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/bastionHosts/read",
    "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
    "Microsoft.Network/networkWatchers/ipFlowVerify/action",
    "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
    "Microsoft.AlertsManagement/alerts/changestate/action",
    "Microsoft.ResourceGraph/resources/read",
  ]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});
