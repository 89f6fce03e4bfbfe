import { expect, test } from "vitest";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const world = worldOf({
  vms: [
    {
      name: "vm-app-01",
      network: {
        nics: [
          {
            securityGroup: {
              name: "nsg-app",
              rules: [{ name: "deny-rdp", priority: 200, access: "Deny" }],
            },
          },
        ],
        subnets: [{ securityGroup: { name: "nsg-app", rules: [{ name: "deny-rdp", priority: 200, access: "Deny" }] } }],
      },
    },
  ],
});

const rule = {
  priority: 199,
  access: "Allow",
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix: "203.0.113.7/32",
  sourcePortRange: "*",
  destinationAddressPrefix: "10.0.0.4",
  destinationPortRange: "3389",
  description: "for a test",
};

test("a rule comes and goes by the real SDK, wherever its group stands, and the caller's world stays as it is", async () => {
  const { network, vm } = await startSimulatedAzure({ world });
  const before = structuredClone(world);
  const names = async () => {
    const group = await network.networkSecurityGroups.get(vm.resourceGroup, "nsg-app");
    return group.securityRules?.map(({ name }) => name);
  };
  await network.securityRules.createOrUpdate(vm.resourceGroup, "nsg-app", "allow-one", rule);
  expect(await names()).toEqual(["deny-rdp", "allow-one"]);
  const read = await network.securityRules.get(vm.resourceGroup, "nsg-app", "allow-one");
  expect(read).toMatchObject({ priority: 199, sourceAddressPrefix: "203.0.113.7/32", description: "for a test" });
  const effective = await network.networkInterfaces.listEffectiveNetworkSecurityGroups(
    vm.resourceGroup,
    "vm-app-01-nic",
  );
  expect(effective.value?.map(({ effectiveSecurityRules = [] }) => effectiveSecurityRules[1]?.name)).toEqual([
    "securityRules/allow-one",
    "securityRules/allow-one",
  ]);
  await network.securityRules.delete(vm.resourceGroup, "nsg-app", "allow-one");
  expect(await names()).toEqual(["deny-rdp"]);
  expect(world).toEqual(before);
});

test("two rules of a direction cannot have one priority, and no group is made by the way", async () => {
  const { ask, vmPath } = await startSimulatedAzure({ world });
  const groups = vmPath.replace(/\/Microsoft\.Compute.*/, "/Microsoft.Network/networkSecurityGroups");
  const put = (group: string, edit: object) =>
    ask("PUT", `${groups}/${group}/securityRules/x?api-version=2024-05-01`, {
      body: { properties: { ...rule, ...edit } },
    });
  expect(await put("nsg-app", { priority: 200 })).toMatchObject({
    status: 400,
    body: { error: { code: "SecurityRuleConflict" } },
  });
  expect((await put("nsg-app", { priority: 99 })).status).toBe(400);
  expect((await put("nsg-other", {})).status).toBe(404);
});

test("they are not among the remediator's rights", async () => {
  const { network, vm } = await startSimulatedAzure({ world, as: "remediator" });
  await expect(network.securityRules.createOrUpdate(vm.resourceGroup, "nsg-app", "x", rule)).rejects.toMatchObject({
    code: "AuthorizationFailed",
  });
  await expect(network.securityRules.delete(vm.resourceGroup, "nsg-app", "deny-rdp")).rejects.toMatchObject({
    code: "AuthorizationFailed",
  });
});
