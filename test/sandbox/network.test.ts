import { expect, test } from "vitest";
import { pretendAzure, worldOf } from "./pretend-azure.ts";

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
  const { compute, network } = await pretendAzure({ world });
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
  const { network } = await pretendAzure({ world });
  const names = [];
  for await (const { name } of network.networkSecurityGroups.list("rg-app")) names.push(name);
  expect(names).toEqual(["nsg-nic", "nsg-subnet"]);
  await expect(network.networkInterfaces.get("rg-app", "none")).rejects.toThrow(
    "'Microsoft.Network/networkInterfaces/none' under resource group 'rg-app'",
  );
});
