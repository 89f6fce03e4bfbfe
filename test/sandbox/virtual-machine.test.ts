import { expect, test } from "vitest";
import { quickly, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

test("a VM shows its model, and its instance view when asked", async () => {
  const { compute, vm } = await startSimulatedAzure();
  const model = await compute.virtualMachines.get("RG-APP", "VM-APP-01");
  expect(model).toMatchObject({
    id: vm.id,
    name: "vm-app-01",
    location: "westeurope",
    provisioningState: "Succeeded",
    storageProfile: { osDisk: { osType: "Windows" } },
    networkProfile: { networkInterfaces: [{ id: expect.any(String) }] },
  });
  expect(model.instanceView).toBeUndefined();
  const expanded = await compute.virtualMachines.get("rg-app", "vm-app-01", { expand: "instanceView" });
  expect(expanded.instanceView).toMatchObject({
    vmAgent: { statuses: [{ code: "ProvisioningState/succeeded", displayStatus: "Ready" }] },
    statuses: [{ code: "ProvisioningState/succeeded" }, { code: "PowerState/running" }],
  });
});

test.each([
  [{ agent: "not-ready" }, { vmAgent: { statuses: [{ displayStatus: "Not Ready" }] } }],
  [{ powerState: "deallocated" }, { statuses: [{}, { code: "PowerState/deallocated" }] }],
  [{ provisioningState: "Updating" }, { statuses: [{ code: "ProvisioningState/updating" }, {}] }],
])("the instance view tells of %j", async (spec, view) => {
  const { compute } = await startSimulatedAzure({ world: worldOf({ vms: [{ name: "vm-app-01", ...spec }] }) });
  expect(await compute.virtualMachines.instanceView("rg-app", "vm-app-01")).toMatchObject(view);
});

test("an absent agent is left out, as Azure's cache does", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", agent: "absent" }] });
  const { compute } = await startSimulatedAzure({ world });
  expect((await compute.virtualMachines.instanceView("rg-app", "vm-app-01")).vmAgent).toBeUndefined();
});

test("VMs of a world are listed by group, each with a Windows of its own", async () => {
  const vms = [
    { name: "one", windows: { faults: ["rdp-services-stopped"] } },
    { name: "two" },
    { name: "three", resourceGroup: "rg-other", osType: "Linux", scaleSet: "vmss", tags: { env: "prod" } },
  ];
  const { sandbox, compute } = await startSimulatedAzure({ world: worldOf({ vms }) });
  const names = async (list: AsyncIterable<{ name?: string }>) => {
    const all = [];
    for await (const { name } of list) all.push(name);
    return all;
  };
  expect(await names(compute.virtualMachines.listAll())).toEqual(["one", "two", "three"]);
  expect(await names(compute.virtualMachines.list("RG-APP"))).toEqual(["one", "two"]);
  expect(sandbox.windows("ONE").state.services.TermService?.state).toBe("Stopped");
  expect(sandbox.windows("two").state.services.TermService?.state).toBe("Running");
  expect(() => sandbox.windows("three")).toThrow(RangeError);
  const third = await compute.virtualMachines.get("rg-other", "three");
  expect(third.virtualMachineScaleSet?.id).toMatch(/virtualMachineScaleSets\/vmss$/);
  expect(third.tags).toEqual({ env: "prod" });
});

test("a restart takes the VM away for a while and restarts its Windows", async () => {
  const world = worldOf({
    vms: [{ name: "vm-app-01", windows: { faults: ["rdp-services-stopped"] } }],
    restartSeconds: 0.2,
  });
  const { sandbox, compute } = await startSimulatedAzure({ world });
  const before = sandbox.windows("vm-app-01").state.system.bootTime;
  const restart = compute.virtualMachines.restart("rg-app", "vm-app-01", quickly);
  await restart.submitted();
  const during = await compute.virtualMachines.get("rg-app", "vm-app-01", { expand: "instanceView" });
  expect(during).toMatchObject({
    provisioningState: "Updating",
    instanceView: { vmAgent: { statuses: [{ displayStatus: "Not Ready" }] } },
  });
  await restart;
  const after = await compute.virtualMachines.get("rg-app", "vm-app-01", { expand: "instanceView" });
  expect(after).toMatchObject({
    provisioningState: "Succeeded",
    instanceView: { vmAgent: { statuses: [{ displayStatus: "Ready" }] } },
  });
  expect(sandbox.windows("vm-app-01").state.system.bootTime > before).toBe(true);
});

test("a VM that is off cannot be restarted", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", powerState: "deallocated" }] });
  const { compute } = await startSimulatedAzure({ world });
  await expect(compute.virtualMachines.restart("rg-app", "vm-app-01", quickly)).rejects.toThrow(
    "requires the VM to be running",
  );
});
