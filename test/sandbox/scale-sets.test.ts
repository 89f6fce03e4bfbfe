import { describe, expect, test } from "vitest";
import { parseWorld } from "../../sandbox/load-world.ts";
import { quickly, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const three = { kind: "scale-set-instance", name: "vmss-app/3" };
const four = { kind: "scale-set-instance", name: "vmss-app/4", network: { nics: [{ privateAddress: "10.0.0.5" }] } };
const command = { location: "westeurope", source: { script: "hostname" }, asyncExecution: true };

async function start(...vms: object[]) {
  return startSimulatedAzure({ world: worldOf({ vms }), guest: "modelled" });
}

const goneError = {
  statusCode: 400,
  code: "InvalidParameter",
  message: "The provided instanceId 9 is not an active Virtual Machine Scale Set VM instanceId.",
};

describe("an instance of a uniform scale set", () => {
  test("shows its model and its view to the SDK, and is no virtual machine", async () => {
    const instance = { isLatestModel: false, protection: "scale-in" };
    const { compute, vm } = await start({ ...three, instance, tags: { env: "prod" } }, four);
    const { virtualMachineScaleSetVMs: instances } = compute;
    const read = await instances.get("RG-APP", "VMSS-APP", "3", { expand: "instanceView" });
    expect(read).toMatchObject({
      id: vm.id,
      name: "vmss-app_3",
      instanceId: "3",
      tags: { env: "prod" },
      latestModelApplied: false,
      protectionPolicy: { protectFromScaleIn: true },
      storageProfile: { osDisk: { osType: "Windows" } },
      instanceView: {
        statuses: [{}, { code: "PowerState/running" }],
        vmAgent: { statuses: [{ displayStatus: "Ready" }] },
      },
    });
    expect((await instances.get("rg-app", "vmss-app", "3")).instanceView).toBeUndefined();
    expect((await instances.getInstanceView("rg-app", "vmss-app", "3")).statuses).toHaveLength(2);
    const ids = [];
    for await (const { instanceId } of instances.list("rg-app", "vmss-app")) ids.push(instanceId);
    expect(ids).toEqual(["3", "4"]);
    for await (const { name } of compute.virtualMachines.listAll()) throw new Error(`${name} is no VM.`);
    await expect(compute.virtualMachines.get("rg-app", "vmss-app_3")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("belongs to a set that shows its policies", async () => {
    const instance = {
      upgradeMode: "Rolling",
      upgradesImages: true,
      repairAction: "Reimage",
      setTags: { env: "prod" },
    };
    const { compute } = await start({ ...three, instance }, { name: "vm-flex", scaleSet: "vmss-flex" });
    expect(await compute.virtualMachineScaleSets.get("rg-app", "vmss-app")).toMatchObject({
      name: "vmss-app",
      tags: { env: "prod" },
      orchestrationMode: "Uniform",
      upgradePolicy: { mode: "Rolling", automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } },
      automaticRepairsPolicy: { enabled: true, repairAction: "Reimage" },
    });
    expect(await compute.virtualMachineScaleSets.get("rg-app", "vmss-flex")).toMatchObject({
      orchestrationMode: "Flexible",
    });
  });

  test("has its NICs, addresses and NAT rule below itself, in the one version that has them", async () => {
    const network = {
      loadBalancer: { publicAddress: "20.50.60.80" },
      nics: [{ publicAddress: "20.50.60.70", natRules: [{ name: "pool", frontPort: 50003 }] }],
    };
    const { network: sdk, vmPath, ask } = await start({ ...three, network });
    const nics = [];
    for await (const nic of sdk.networkInterfaces.listVirtualMachineScaleSetVMNetworkInterfaces(
      "rg-app",
      "vmss-app",
      "3",
    )) {
      nics.push(nic);
    }
    expect(nics).toMatchObject([
      {
        id: `${vmPath}/networkInterfaces/vmss-app-nic`,
        primary: true,
        virtualMachine: { id: vmPath },
        ipConfigurations: [
          {
            privateIPAddress: "10.0.0.4",
            loadBalancerInboundNatRules: [
              { id: expect.stringMatching(/loadBalancers\/lb-app\/inboundNatRules\/pool\.3$/) },
            ],
            publicIPAddress: { id: expect.stringMatching(/ipconfig1\/publicIPAddresses\/vmss-app-nic-ip$/) },
          },
        ],
      },
    ]);
    expect(nics[0]?.location).toBeUndefined();
    const address = await sdk.publicIPAddresses.getVirtualMachineScaleSetPublicIPAddress(
      "rg-app",
      "vmss-app",
      "3",
      "vmss-app-nic",
      "ipconfig1",
      "vmss-app-nic-ip",
    );
    expect(address).toMatchObject({ ipAddress: "20.50.60.70", sku: { name: "Standard" } });
    const balancer = await sdk.loadBalancers.get("rg-app", "lb-app");
    expect(balancer.inboundNatRules).toMatchObject([{ name: "pool.3", frontendPort: 50003 }]);
    const later = await ask("GET", `${vmPath}/networkInterfaces?api-version=2023-02-01`);
    expect(later).toMatchObject({ status: 400, body: { error: { code: "NoRegisteredProviderFound" } } });
    const asked = await ask(
      "POST",
      `${vmPath}/networkInterfaces/vmss-app-nic/effectiveNetworkSecurityGroups?api-version=2018-10-01`,
    );
    expect(asked).toMatchObject({ status: 404, body: { error: { code: "InvalidResourceType" } } });
  });

  test("takes Run Commands of its own, and a restart", async () => {
    const { compute, sandbox } = await start(three, four);
    const { virtualMachineScaleSetVMRunCommands: commands } = compute;
    await commands.createOrUpdate("rg-app", "vmss-app", "3", "one", command, quickly);
    expect(await commands.get("rg-app", "vmss-app", "3", "one")).toMatchObject({
      type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands",
    });
    await expect(commands.get("rg-app", "vmss-app", "4", "one")).rejects.toMatchObject({
      statusCode: 404,
      code: "ResourceNotFound",
    });
    await commands.delete("rg-app", "vmss-app", "3", "one", quickly);
    await compute.virtualMachineScaleSetVMs.restart("rg-app", "vmss-app", "3", quickly);
    expect(sandbox.scriptRuns).toMatchObject([{ vm: "vmss-app/3", name: "one" }]);
  });

  test.each([
    ["a number that the set does not have", "vmss-app", "9", goneError],
    [
      "no number",
      "vmss-app",
      "vmss-app_3",
      { statusCode: 400, code: "InvalidParameter", message: expect.stringContaining("must be a number") },
    ],
    ["a set that does not exist", "vmss-none", "3", { statusCode: 404, code: "ResourceNotFound" }],
  ])("%s is refused as Azure does", async (_, set, number, error) => {
    const { compute } = await start(three);
    await expect(compute.virtualMachineScaleSetVMs.get("rg-app", set, number)).rejects.toMatchObject(error);
    const put = compute.virtualMachineScaleSetVMRunCommands.createOrUpdate(
      "rg-app",
      set,
      number,
      "one",
      command,
      quickly,
    );
    await expect(put).rejects.toMatchObject(error);
  });

  test("is scaled in after so many Run Commands, with all that is below it; the others stay", async () => {
    const { compute, network, sandbox } = await start({ ...three, instance: { scaledInAfterRunCommands: 1 } }, four);
    const { virtualMachineScaleSetVMs: instances, virtualMachineScaleSetVMRunCommands: commands } = compute;
    await commands.createOrUpdate("rg-app", "vmss-app", "3", "one", command).submitted();
    const gone = { ...goneError, message: goneError.message.replace("9", "3") };
    await expect(instances.get("rg-app", "vmss-app", "3")).rejects.toMatchObject(gone);
    await expect(commands.get("rg-app", "vmss-app", "3", "one")).rejects.toMatchObject(gone);
    const nics = network.networkInterfaces.listVirtualMachineScaleSetVMNetworkInterfaces("rg-app", "vmss-app", "3");
    // The SDK has a sentence of its own for a list.
    await expect(nics.next()).rejects.toMatchObject({ statusCode: 400, code: gone.code });
    expect((await instances.get("rg-app", "vmss-app", "4")).instanceId).toBe("4");
    expect((await compute.virtualMachineScaleSets.get("rg-app", "vmss-app")).sku?.capacity).toBe(1);
    expect(() => sandbox.windows("vmss-app/3")).toThrow(RangeError);
  });

  test("is protected by a lock like a VM", async () => {
    const { compute } = await start({ ...three, lock: "ReadOnly" });
    await expect(compute.virtualMachineScaleSetVMs.restart("rg-app", "vmss-app", "3", quickly)).rejects.toMatchObject({
      code: "ScopeLocked",
    });
  });
});

test.each([
  ["an instance without a number", { ...three, name: "vmss-app" }, /^vms\[1\]\.name: .*number/],
  ["a VM with a number", { name: "vm-app-02/3" }, /^vms\[1\]\.name: .*number/],
  [
    "a set that is described twice, and differently",
    { ...four, instance: { upgradeMode: "Automatic" } },
    /^vms\[1\]\.instance: describes scale set vmss-app twice/,
  ],
])("%s is no world", (_, vm, problem) => {
  const loaded = parseWorld({ name: "a", description: "b", vms: [three, vm] });
  expect(loaded).toEqual({ ok: false, problems: [expect.stringMatching(problem)] });
});
