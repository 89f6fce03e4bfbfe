import { expect, test } from "vitest";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const world = worldOf({
  vms: [
    {
      name: "vm-app-01",
      network: {
        name: "vnet-hub",
        addressPrefixes: ["10.1.0.0/16", "10.2.0.0/16"],
        subnets: [{ name: "app", prefix: "10.1.0.0/24", securityGroup: { name: "nsg-subnet" } }],
        nics: [
          {
            privateAddress: "10.1.0.7",
            publicAddress: "20.50.60.70",
            securityGroup: {
              name: "nsg-nic",
              rules: [{ name: "deny-rdp", priority: 200, access: "Deny", source: "Internet" }],
            },
            subnet: "app",
          },
          { name: "second", privateAddress: "10.1.0.8", subnet: "app" },
        ],
      },
    },
  ],
});

function last(id: string | undefined): string {
  return id?.split("/").at(-1) ?? "";
}

test("from the VM to its NIC, network, subnet, public address and security groups, each by the id of the one before", async () => {
  const { compute, network } = await startSimulatedAzure({ world });
  const group = "rg-app";
  const vm = await compute.virtualMachines.get(group, "vm-app-01");
  const [first, second] = vm.networkProfile?.networkInterfaces ?? [];
  expect([first?.primary, second?.primary]).toEqual([true, false]);

  const nic = await network.networkInterfaces.get(group, last(first?.id));
  expect(nic.virtualMachine?.id).toBe(vm.id);
  const [configuration] = nic.ipConfigurations ?? [];
  expect(configuration).toMatchObject({ privateIPAddress: "10.1.0.7", primary: true });

  const address = await network.publicIPAddresses.get(group, last(configuration?.publicIPAddress?.id));
  expect(address).toMatchObject({ ipAddress: "20.50.60.70", sku: { name: "Standard" } });

  const vnet = await network.virtualNetworks.get(group, "vnet-hub");
  expect(vnet.addressSpace?.addressPrefixes).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  expect(vnet.subnets?.map(({ id }) => id)).toEqual([configuration?.subnet?.id]);

  const subnet = await network.subnets.get(group, "vnet-hub", "app");
  expect(last(subnet.networkSecurityGroup?.id)).toBe("nsg-subnet");

  const nsg = await network.networkSecurityGroups.get(group, last(nic.networkSecurityGroup?.id));
  expect(nsg.securityRules).toMatchObject([
    {
      name: "deny-rdp",
      priority: 200,
      access: "Deny",
      direction: "Inbound",
      protocol: "Tcp",
      sourceAddressPrefix: "Internet",
      destinationPortRange: "3389",
    },
  ]);
  expect(nsg.defaultSecurityRules?.map(({ name, priority }) => `${name} ${priority}`)).toEqual([
    "AllowVnetInBound 65000",
    "AllowAzureLoadBalancerInBound 65001",
    "DenyAllInBound 65500",
    "AllowVnetOutBound 65000",
    "AllowInternetOutBound 65001",
    "DenyAllOutBound 65500",
  ]);
});

test("resources are listed by type and group, and a missing one is named", async () => {
  const { network } = await startSimulatedAzure({ world });
  const names = [];
  for await (const { name } of network.networkSecurityGroups.list("rg-app")) names.push(name);
  expect(names).toEqual(["nsg-nic", "nsg-subnet"]);
  await expect(network.networkInterfaces.get("rg-app", "none")).rejects.toThrow(
    "'Microsoft.Network/networkInterfaces/none' under resource group 'rg-app'",
  );
});

test("the rules in effect come as a long-running operation, in a shape of their own", async () => {
  const { network, sandbox } = await startSimulatedAzure({
    world: { ...world, networkAnswers: { ...world.networkAnswers, seconds: 0.2 } },
  });
  const { value } = await network.networkInterfaces.listEffectiveNetworkSecurityGroups("rg-app", "vm-app-01-nic", {
    updateIntervalInMs: 50,
  });
  expect(value?.map(({ networkSecurityGroup, association }) => [last(networkSecurityGroup?.id), association])).toEqual([
    ["nsg-subnet", { subnet: { id: expect.stringMatching(/\/subnets\/app$/) } }],
    ["nsg-nic", { networkInterface: { id: expect.stringMatching(/\/vm-app-01-nic$/) } }],
  ]);
  const rules = value?.[1]?.effectiveSecurityRules ?? [];
  expect(rules.find(({ name }) => name === "securityRules/deny-rdp")).toMatchObject({
    protocol: "Tcp",
    sourcePortRange: "0-65535",
    destinationPortRange: "3389-3389",
    sourceAddressPrefix: "Internet",
    destinationAddressPrefix: "0.0.0.0/0",
    access: "Deny",
    priority: 200,
    direction: "Inbound",
  });
  expect(rules.find(({ name }) => name === "defaultSecurityRules/AllowVnetInBound")).toMatchObject({
    protocol: "All",
    destinationPortRange: "0-65535",
    sourceAddressPrefix: "VirtualNetwork",
    expandedSourceAddressPrefix: ["10.1.0.0/16", "10.2.0.0/16", "168.63.129.16/32"],
  });
  const answers = sandbox.calls.map(({ method, status }) => `${method} ${status}`);
  expect(answers[0]).toBe("POST 202");
  expect(answers.slice(1)).toContain("GET 202");
  expect(answers.at(-1)).toBe("GET 200");
});

test("of a VM that does not run nothing is in effect", async () => {
  const stopped = { ...world, vms: world.vms.map((vm) => ({ ...vm, powerState: "deallocated" as const })) };
  const { network } = await startSimulatedAzure({ world: stopped });
  const asked = network.networkInterfaces.listEffectiveNetworkSecurityGroups("rg-app", "vm-app-01-nic");
  await expect(asked.pollUntilDone()).rejects.toMatchObject({
    statusCode: 400,
    code: "NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups",
  });
});

test("IP flow verify names the rule that decides, where the region has a watcher", async () => {
  const { network, vm } = await startSimulatedAzure({ world });
  const verify = (remoteIPAddress: string, { networkWatchers } = network) =>
    networkWatchers.verifyIPFlow(
      "NetworkWatcherRG",
      "NetworkWatcher_westeurope",
      {
        targetResourceId: vm.id,
        direction: "Inbound",
        protocol: "TCP",
        localPort: "3389",
        remotePort: "60000",
        localIPAddress: "10.1.0.7",
        remoteIPAddress,
      },
      { updateIntervalInMs: 10 },
    );
  expect(await verify("10.2.0.9")).toMatchObject({
    access: "Allow",
    ruleName: "defaultSecurityRules/AllowVnetInBound",
  });
  expect(await verify("203.0.113.7")).toMatchObject({
    access: "Deny",
    ruleName: "defaultSecurityRules/DenyAllInBound",
  });

  const without = await startSimulatedAzure({
    world: { ...world, networkAnswers: { ...world.networkAnswers, watcher: false } },
  });
  const asked = verify("10.2.0.9", without.network);
  await expect(asked.pollUntilDone()).rejects.toMatchObject({ statusCode: 404 });
});
