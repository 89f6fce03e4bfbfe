import type { HttpClient } from "@azure/core-rest-pipeline";
import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import { type Answer, credential, type FakeArm, fakeArm, networkPath, refusal, vm, vmPath } from "./fake-arm.ts";

const nicId = `${networkPath}/networkInterfaces/nic-1`;
const vnetId = `${networkPath}/virtualNetworks/vnet`;
const subnetId = `${vnetId}/subnets/default`;
const subnetGroupId = `${networkPath}/networkSecurityGroups/subnet-nsg`;
const nicGroupId = `${networkPath}/networkSecurityGroups/nic-nsg`;
const addressId = `${networkPath}/publicIPAddresses/address`;

function machine(properties: object = {}, more: object = {}): Answer {
  return {
    status: 200,
    body: {
      id: vmPath,
      name: "app-01",
      location: "westeurope",
      tags: { env: "prod" },
      properties: {
        provisioningState: "Succeeded",
        storageProfile: { osDisk: { osType: "Windows", createOption: "FromImage" } },
        networkProfile: { networkInterfaces: [{ id: nicId, properties: { primary: true } }] },
        instanceView: {
          vmAgent: {
            vmAgentVersion: "2.7.41491.1172",
            statuses: [
              {
                code: "ProvisioningState/succeeded",
                level: "Info",
                displayStatus: "Ready",
                time: "2026-11-21T08:00:00Z",
              },
            ],
          },
          statuses: [
            { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Provisioning succeeded" },
            { code: "PowerState/running", level: "Info", displayStatus: "VM running" },
          ],
        },
        ...properties,
      },
      ...more,
    },
  };
}

function nic(properties: object = {}, name = "nic-1"): Answer {
  return {
    status: 200,
    body: {
      id: `${networkPath}/networkInterfaces/${name}`,
      name,
      properties: {
        networkSecurityGroup: { id: nicGroupId },
        ipConfigurations: [ipConfiguration()],
        ...properties,
      },
    },
  };
}

function ipConfiguration(properties: object = {}, name = "ipconfig1") {
  return {
    name,
    properties: {
      primary: true,
      privateIPAddress: "10.0.0.4",
      subnet: { id: subnetId },
      publicIPAddress: { id: addressId },
      ...properties,
    },
  };
}

function virtualNetwork(subnet: object = { networkSecurityGroup: { id: subnetGroupId } }): Answer {
  const properties = {
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    // ARM does not keep the case in which an id was written elsewhere.
    subnets: [{ id: subnetId.replace("resourceGroups", "resourcegroups"), name: "default", properties: subnet }],
  };
  return { status: 200, body: { id: vnetId, name: "vnet", properties } };
}

function securityGroup(id: string): Answer {
  const deny = {
    name: "DenyAllInBound",
    properties: {
      priority: 65500,
      direction: "Inbound",
      access: "Deny",
      protocol: "*",
      sourceAddressPrefix: "*",
      sourcePortRange: "*",
      destinationAddressPrefix: "*",
      destinationPortRange: "*",
    },
  };
  return {
    status: 200,
    body: { id, name: id.split("/").at(-1), properties: { securityRules: [], defaultSecurityRules: [deny] } },
  };
}

const publicAddress: Answer = {
  status: 200,
  body: { id: addressId, name: "address", sku: { name: "Standard" }, properties: { ipAddress: "203.0.113.7" } },
};

const effectiveRules: Answer = {
  status: 200,
  body: {
    value: [
      {
        networkSecurityGroup: { id: nicGroupId },
        association: { networkInterface: { id: nicId } },
        effectiveSecurityRules: [
          {
            name: "defaultSecurityRules/DenyAllInBound",
            protocol: "All",
            sourcePortRange: "0-65535",
            destinationPortRange: "0-65535",
            sourceAddressPrefix: "0.0.0.0/0",
            destinationAddressPrefix: "0.0.0.0/0",
            access: "Deny",
            priority: 65500,
            direction: "Inbound",
          },
        ],
      },
    ],
  },
};

function routes(more: Record<string, Answer | Answer[]> = {}) {
  return {
    [`GET ${vmPath}?$expand=instanceView`]: machine(),
    [`GET ${nicId}`]: nic(),
    [`GET ${vnetId}`]: virtualNetwork(),
    [`GET ${subnetGroupId}`]: securityGroup(subnetGroupId),
    [`GET ${nicGroupId}`]: securityGroup(nicGroupId),
    [`GET ${addressId}`]: publicAddress,
    [`POST ${nicId}/effectiveNetworkSecurityGroups`]: effectiveRules,
    [`POST ${vnetId}/listNetworkManagerEffectiveSecurityAdminRules`]: { status: 200, body: { value: [] } },
    ...more,
  };
}

async function read(arm: FakeArm) {
  const result = await readWhole(connectAzure({ credential, httpClient: arm }).reader, vm);
  return result.ok ? AzureEvidence.parse(result.value) : result.problem;
}

async function readVm(properties: object, more: object = {}) {
  const evidence = await read(
    fakeArm({ ...routes(), [`GET ${vmPath}?$expand=instanceView`]: machine(properties, more) }),
  );
  if (!("vm" in evidence)) throw new Error(evidence.message);
  return evidence.vm;
}

async function readNetwork(more: Record<string, Answer | Answer[]>) {
  const evidence = await read(fakeArm(routes(more)));
  if (!("vm" in evidence)) throw new Error(evidence.message);
  return evidence.network;
}

test("the VM and its network are read, each resource once", async () => {
  const arm = fakeArm(routes());
  const denies = { rules: [{ name: "DenyAllInBound", protocol: "*", access: "Deny", sources: ["*"] }] };
  const inEffect = { rules: [{ name: "DenyAllInBound", protocol: "*", access: "Deny", sources: ["0.0.0.0/0"] }] };
  expect(await read(arm)).toMatchObject({
    vm: {
      location: "westeurope",
      osType: "Windows",
      powerState: "running",
      provisioningState: "Succeeded",
      agent: { status: "Ready", version: "2.7.41491.1172" },
      scaleSetId: null,
      tags: { env: "prod" },
    },
    network: {
      interfaces: [
        {
          id: nicId,
          name: "nic-1",
          primary: true,
          securityGroup: { name: "nic-nsg", ...denies },
          effective: [{ subnetId: null, group: { name: "nic-nsg", ...inEffect } }],
          ipConfigurations: [
            {
              name: "ipconfig1",
              primary: true,
              privateAddress: "10.0.0.4",
              virtualNetworkId: vnetId,
              publicAddress: { address: "203.0.113.7", sku: "Standard" },
              applicationSecurityGroups: [],
              subnet: { id: subnetId, routed: false, securityGroup: { name: "subnet-nsg", ...denies } },
              forwardings: [],
            },
          ],
        },
      ],
      virtualNetworks: [
        { id: vnetId, prefixes: ["10.0.0.0/16"], peerings: [], gateway: false, bastions: [], adminRules: [] },
      ],
      onPremises: [],
      jit: null,
      flowChecks: [],
    },
  });
  expect(arm.unused()).toEqual([]);
  expect(arm.calls.map(({ method }) => method).sort()).toEqual([...Array(6).fill("GET"), "POST", "POST"]);
});

test("what two NICs share is read once", async () => {
  const other = `${networkPath}/networkInterfaces/nic-2`;
  const networkInterfaces = [
    { id: nicId, properties: { primary: false } },
    { id: other, properties: { primary: true } },
  ];
  const arm = fakeArm({
    ...routes({
      [`GET ${other}`]: nic({ networkSecurityGroup: { id: nicGroupId.toUpperCase() } }, "nic-2"),
      [`POST ${other}/effectiveNetworkSecurityGroups`]: effectiveRules,
    }),
    [`GET ${vmPath}?$expand=instanceView`]: machine({ networkProfile: { networkInterfaces } }),
  });
  const evidence = await read(arm);
  expect(evidence).toMatchObject({ network: { interfaces: [{ primary: false }, { name: "nic-2", primary: true }] } });
  expect(arm.unused()).toEqual([]);
});

test("a VM without any security group or public address is read with what there is", async () => {
  const arm = fakeArm({
    [`GET ${vmPath}?$expand=instanceView`]: machine(),
    // What Azure says where no security group is in effect.
    [`POST ${nicId}/effectiveNetworkSecurityGroups`]: { status: 200, body: { value: [] } },
    [`POST ${vnetId}/listNetworkManagerEffectiveSecurityAdminRules`]: { status: 200, body: {} },
    [`GET ${nicId}`]: nic({
      networkSecurityGroup: undefined,
      ipConfigurations: [ipConfiguration({ publicIPAddress: undefined, primary: undefined })],
    }),
    [`GET ${vnetId}`]: virtualNetwork({}),
  });
  expect(await read(arm)).toMatchObject({
    network: {
      interfaces: [
        {
          securityGroup: null,
          effective: null,
          ipConfigurations: [{ primary: true, publicAddress: null, subnet: { securityGroup: null } }],
        },
      ],
    },
  });
});

test("a Linux VM is read as what it is", async () => {
  expect(await readVm({ storageProfile: { osDisk: { osType: "Linux" } } })).toMatchObject({ osType: "Linux" });
});

test("a VM of a scale set names it", async () => {
  expect(await readVm({ virtualMachineScaleSet: { id: "/scale-set" } })).toMatchObject({ scaleSetId: "/scale-set" });
});

test.each([
  ["no instance view", undefined],
  ["an instance view without statuses", {}],
  ["an agent without status", { vmAgent: { vmAgentVersion: "Unknown" }, statuses: [] }],
])("%s leaves power and agent unknown", async (_, instanceView) => {
  expect(await readVm({ instanceView }, { tags: undefined })).toMatchObject({
    powerState: "unknown",
    agent: null,
    tags: {},
  });
});

test("an agent that is not ready says so in Azure's words", async () => {
  const vmAgent = {
    vmAgentVersion: "Unknown",
    statuses: [{ code: "ProvisioningState/Unavailable", level: "Warning", displayStatus: "Not Ready" }],
  };
  const instanceView = { vmAgent, statuses: [{ code: "PowerState/deallocated" }] };
  expect(await readVm({ instanceView })).toMatchObject({
    powerState: "deallocated",
    agent: { status: "Not Ready", version: "Unknown" },
  });
});

test("handlers and extensions of Run Command are kept where they are broken, and no others", async () => {
  const handler = (type: string, displayStatus: string, message?: string) => ({
    type: `Microsoft.CPlat.Core.${type}`,
    typeHandlerVersion: "2.0.14",
    status: { code: "ProvisioningState/failed/1009", level: "Error", displayStatus, message },
  });
  const vmAgent = {
    extensionHandlers: [
      handler("RunCommandHandlerWindows", "Not Ready", "Install failed\r\nfor plugin."),
      handler("RunCommandWindows", "Ready"),
      handler("WindowsPatchExtension", "Not Ready"),
      {},
    ],
  };
  const extension = (name: string, provisioningState: string) => ({
    name,
    id: `${vmPath}/extensions/${name}`,
    location: "westeurope",
    properties: { provisioningState, type: name },
  });
  const resources = [extension("RunCommandWindows", "Deleting"), extension("MDE.Windows", "Failed")];
  expect((await readVm({ instanceView: { vmAgent } }, { resources })).brokenExtensions).toEqual([
    { type: "RunCommandHandlerWindows", state: "Not Ready", message: "Install failed for plugin." },
    { type: "RunCommandWindows", state: "Deleting", message: "" },
  ]);
  expect(await readVm({})).not.toHaveProperty("brokenExtensions");
});

test.each([
  ["Basic", { name: "Basic" }, "Basic"],
  ["StandardV2", { name: "StandardV2" }, "Standard"],
  ["no SKU", undefined, "Basic"],
])("a public address of %s counts as it behaves", async (_, sku, counted) => {
  const network = await readNetwork({
    [`GET ${addressId}`]: { status: 200, body: { id: addressId, sku, properties: { ipAddress: "203.0.113.7" } } },
  });
  expect(network).toMatchObject({ interfaces: [{ ipConfigurations: [{ publicAddress: { sku: counted } }] }] });
});

test("a public address that is not in use is none", async () => {
  const network = await readNetwork({
    [`GET ${addressId}`]: { status: 200, body: { id: addressId, sku: { name: "Basic" }, properties: {} } },
  });
  expect(network).toMatchObject({ interfaces: [{ ipConfigurations: [{ publicAddress: null }] }] });
});

function missing(action: string, scope: string): Answer {
  const text = `The client 'a' with object id 'b' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid.`;
  return refusal(403, "AuthorizationFailed", text);
}

/** The part that each call is for, as it looks when that call fails. */
const unreadable = (reason: string) => ({ unreadable: expect.stringContaining(reason) });
const configurationWith = (part: object) => ({ interfaces: [{ ipConfigurations: [part] }] });

test.each<[string, string, object]>([
  [`GET ${nicGroupId}`, "networkSecurityGroups/read", { interfaces: [{ securityGroup: unreadable("Groups/read") }] }],
  [
    `GET ${subnetGroupId}`,
    "networkSecurityGroups/read",
    configurationWith({ subnet: { securityGroup: unreadable("networkSecurityGroups/read") } }),
  ],
  [
    `GET ${vnetId}`,
    "virtualNetworks/read",
    {
      ...configurationWith({ subnet: { routed: true, securityGroup: unreadable("virtualNetworks/read") } }),
      virtualNetworks: [{ id: vnetId, ...unreadable("virtualNetworks/read") }],
    },
  ],
  [
    `GET ${addressId}`,
    "publicIPAddresses/read",
    configurationWith({ publicAddress: unreadable("publicIPAddresses/read") }),
  ],
  [
    `POST ${nicId}/effectiveNetworkSecurityGroups`,
    "networkInterfaces/effectiveNetworkSecurityGroups/action",
    { interfaces: [{ effective: unreadable("effectiveNetworkSecurityGroups/action") }] },
  ],
  [
    `POST ${vnetId}/listNetworkManagerEffectiveSecurityAdminRules`,
    "virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
    { virtualNetworks: [{ adminRules: unreadable("listNetworkManagerEffectiveSecurityAdminRules/action") }] },
  ],
])("a right that is missing for %s makes just that part unreadable, and is named", async (call, right, part) => {
  const network = await readNetwork({ [call]: missing(`Microsoft.Network/${right}`, "/scope") });
  expect(network).toMatchObject(part);
  expect(JSON.stringify(network).match(/lacks the right/g)?.length).toBe(call === `GET ${vnetId}` ? 2 : 1);
});

test("a right that is missing for the NIC leaves nothing to judge", async () => {
  const action = "Microsoft.Network/networkInterfaces/read";
  expect(await readNetwork({ [`GET ${nicId}`]: missing(action, nicId) })).toEqual(unreadable(action));
});

test("a subnet that its network does not list has no security group that is known", async () => {
  const body = { id: vnetId, properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] }, subnets: [] } };
  const network = await readNetwork({ [`GET ${vnetId}`]: { status: 200, body } });
  expect(network).toMatchObject(configurationWith({ subnet: { securityGroup: unreadable(subnetId) } }));
});

test("a network without address space is unreadable", async () => {
  const network = await readNetwork({ [`GET ${vnetId}`]: { status: 200, body: { properties: { subnets: [] } } } });
  expect(network).toMatchObject({ virtualNetworks: [{ id: vnetId, ...unreadable("addressSpace") }] });
});

test.each<[string, Record<string, Answer>, string]>([
  [
    "a NIC without any private address",
    { [`GET ${nicId}`]: nic({ ipConfigurations: [ipConfiguration({ privateIPAddress: undefined })] }) },
    "nic-1: no address is assigned yet",
  ],
  [
    "a NIC that is gone",
    { [`GET ${nicId}`]: refusal(404, "ResourceNotFound", "The Resource 'networkInterfaces/nic-1' was not found.") },
    "nic-1",
  ],
])("%s makes the network unreadable", async (_, answers, reason) => {
  expect(await readNetwork(answers)).toEqual(unreadable(reason));
});

test("an IPv6 configuration that has no address yet costs only itself", async () => {
  const sixth = ipConfiguration({ privateIPAddress: undefined, privateIPAddressVersion: "IPv6", primary: false }, "v6");
  const network = await readNetwork({ [`GET ${nicId}`]: nic({ ipConfigurations: [ipConfiguration(), sixth] }) });
  if (!("interfaces" in network)) throw new Error(JSON.stringify(network));
  expect(network.interfaces[0]?.ipConfigurations.map(({ name }) => name)).toEqual(["ipconfig1"]);
});

test("Azure's cross-checks are asked for together: none waits for another", async () => {
  const watcher = `/subscriptions/${vm.subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope`;
  const arm = fakeArm(
    routes({ [`POST ${watcher}/ipFlowVerify`]: { status: 200, body: { access: "Allow", ruleName: null } } }),
  );
  const verified = Promise.withResolvers<void>();
  const httpClient: HttpClient = {
    async sendRequest(request) {
      if (request.url.includes("/effectiveNetworkSecurityGroups")) await verified.promise;
      const answer = await arm.sendRequest(request);
      if (request.url.includes("/ipFlowVerify")) verified.resolve();
      return answer;
    },
  };
  const result = await readWhole(connectAzure({ credential, httpClient }).reader, vm, { sources: ["203.0.113.7"] });
  expect(result).toMatchObject({ ok: true, value: { network: { flowChecks: [{ verdict: "allowed" }] } } });
  expect(arm.unused()).toEqual([]);
});

test("a Network Watcher in a group without rights is told with the role that helps, and costs nothing else", async () => {
  const scope = `/subscriptions/${vm.subscriptionId}/resourceGroups/NetworkWatcherRG`;
  const watcher = `${scope}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope`;
  const arm = fakeArm(
    routes({
      [`POST ${watcher}/ipFlowVerify`]: missing("Microsoft.Network/networkWatchers/ipFlowVerify/action", watcher),
    }),
  );
  const result = await readWhole(connectAzure({ credential, httpClient: arm }).reader, vm, {
    sources: ["203.0.113.7"],
  });
  if (!result.ok || !("interfaces" in result.value.network)) throw new Error("The network was not read.");
  expect(result.value.network).toMatchObject({ flowChecks: [], interfaces: [{ effective: [{}] }] });
  expect(result.value.network.flowsUnverified).toMatch(
    new RegExp(`az role assignment create --role "RDP Network Reader" --assignee \\S+ --scope ${scope} `),
  );
});

test("of a VM that does not run Azure is not asked what is in effect", async () => {
  const stopped = { instanceView: { statuses: [{ code: "PowerState/deallocated" }] } };
  const arm = fakeArm({ ...routes(), [`GET ${vmPath}?$expand=instanceView`]: machine(stopped) });
  expect(await read(arm)).toMatchObject({ network: { interfaces: [{ effective: null }] } });
  expect(arm.unused()).toEqual([`POST ${nicId}/effectiveNetworkSecurityGroups`]);
});

test.each([
  ["no network profile", undefined],
  ["no NIC", { networkInterfaces: [] }],
  ["a NIC of no network", { networkInterfaces: [{ id: "/subscriptions/x" }] }],
])("a VM with %s is readable, and its network is not", async (_, networkProfile) => {
  const arm = fakeArm({ [`GET ${vmPath}?$expand=instanceView`]: machine({ networkProfile }) });
  expect(await read(arm)).toMatchObject({ vm: { powerState: "running" }, network: { unreadable: expect.any(String) } });
  expect(arm.calls.length).toBe(1);
});

test.each([
  [refusal(404, "ResourceNotFound", "The Resource was not found."), "vm-not-found"],
  [refusal(429, "TooManyRequests", "Slow down.", { "retry-after": "7" }), "throttled"],
  [refusal(401, "InvalidAuthenticationToken", "The access token is invalid."), "sign-in-failed"],
  [{ status: 200, body: { name: "app-01", location: "westeurope" } }, "azure-refused"],
  [
    { status: 200, body: { id: vmPath, properties: { storageProfile: { osDisk: { osType: "Windows" } } } } },
    "azure-refused",
  ],
])("%j for the VM is a problem, and nothing more is asked", async (answer, code) => {
  const arm = fakeArm({ [`GET ${vmPath}?$expand=instanceView`]: answer as Answer });
  expect(await read(arm)).toMatchObject({ code });
  expect(arm.calls.length).toBe(1);
});
