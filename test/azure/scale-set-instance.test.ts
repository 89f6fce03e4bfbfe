import { describe, expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import type { VmId } from "../../lib/core/vm-id.ts";
import { evaluateNetwork } from "../../lib/network/evaluate-network.ts";
import { credentialOf, startSimulatedAzure, worldOf } from "../sandbox/simulated-azure.ts";
import { type Answer, credential, type FakeArm, fakeArm, refusal } from "./fake-arm.ts";

const instance: VmId = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-app",
  name: "vmss1/3",
  kind: "scale-set-instance",
};
const group = `/subscriptions/${instance.subscriptionId}/resourceGroups/rg-app/providers`;
const setPath = `${group}/Microsoft.Compute/virtualMachineScaleSets/vmss1`;
const path = `${setPath}/virtualMachines/3`;
const nicId = `${path}/networkInterfaces/vmss1Nic`;
const configurationId = `${nicId}/ipConfigurations/vmss1IPConfig`;
const addressId = `${configurationId}/publicIPAddresses/vmss1Address`;
const network = `${group}/Microsoft.Network`;
const vnetId = `${network}/virtualNetworks/vmss1VNET`;
const groupId = `${network}/networkSecurityGroups/vmss1NSG`;
const balancerId = `${network}/loadBalancers/vmss1LB`;
const gone = refusal(
  400,
  "InvalidParameter",
  "The provided instanceId 3 is not an active Virtual Machine Scale Set VM instanceId.",
);

/** The members as recorded in azure-cli, test_vmss_nics; the instance view as VirtualMachineScaleSetVMInstanceView has it. */
function machine(properties: object = {}, more: object = {}): Answer {
  const body = {
    name: "vmss1_3",
    id: path,
    type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
    location: "westus",
    tags: {},
    instanceId: "3",
    sku: { name: "Standard_DS1_v2", tier: "Standard" },
    properties: {
      latestModelApplied: true,
      modelDefinitionApplied: "VirtualMachineScaleSet",
      vmId: "d0747527-97f6-4747-9c18-a4bf93fb8291",
      hardwareProfile: {},
      storageProfile: { osDisk: { osType: "Windows", createOption: "FromImage" }, dataDisks: [] },
      networkProfile: { networkInterfaces: [{ id: nicId }] },
      provisioningState: "Succeeded",
      instanceView: {
        osName: "Windows Server 2022 Datacenter",
        osVersion: "10.0.20348.2113",
        vmAgent: { vmAgentVersion: "2.7.41491.1172", statuses: [{ displayStatus: "Ready" }], extensionHandlers: [] },
        statuses: [{ code: "ProvisioningState/succeeded" }, { code: "PowerState/running" }],
      },
      ...properties,
    },
    ...more,
  };
  return { status: 200, body };
}

/** As recorded: without a location, and with the rule that the NAT pool has made for this instance. */
function nic(configuration: object = {}): Answer {
  const body = {
    name: "vmss1Nic",
    id: nicId,
    etag: 'W/"1"',
    properties: {
      provisioningState: "Succeeded",
      ipConfigurations: [
        {
          name: "vmss1IPConfig",
          id: configurationId,
          etag: 'W/"1"',
          properties: {
            privateIPAddress: "10.0.0.4",
            privateIPAllocationMethod: "Dynamic",
            subnet: { id: `${vnetId}/subnets/vmss1Subnet` },
            primary: true,
            privateIPAddressVersion: "IPv4",
            ...configuration,
          },
        },
      ],
      networkSecurityGroup: { id: groupId },
      primary: true,
      virtualMachine: { id: path },
    },
  };
  return { status: 200, body };
}

function scaleSet(properties: object = {}, tags: object = {}): Answer {
  return {
    status: 200,
    body: {
      id: setPath,
      name: "vmss1",
      location: "westus",
      tags,
      properties: { orchestrationMode: "Uniform", upgradePolicy: { mode: "Manual" }, ...properties },
    },
  };
}

const rule = (name: string, priority: number, access: string, source: string) => ({
  name,
  properties: {
    priority,
    access,
    direction: "Inbound",
    protocol: "Tcp",
    sourceAddressPrefix: source,
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "3389",
  },
});

/** What stands before the NIC, like that of a VM. */
const around: Record<string, Answer> = {
  [`GET ${vnetId}`]: {
    status: 200,
    body: {
      id: vnetId,
      name: "vmss1VNET",
      properties: {
        addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
        subnets: [
          { id: `${vnetId}/subnets/vmss1Subnet`, name: "vmss1Subnet", properties: { addressPrefix: "10.0.0.0/24" } },
        ],
      },
    },
  },
  [`POST ${vnetId}/listNetworkManagerEffectiveSecurityAdminRules`]: { status: 200, body: { value: [] } },
  [`GET ${groupId}`]: {
    status: 200,
    body: {
      id: groupId,
      name: "vmss1NSG",
      properties: {
        securityRules: [rule("office", 300, "Allow", "203.0.113.0/24")],
        defaultSecurityRules: [rule("DenyAllInBound", 65500, "Deny", "*")],
      },
    },
  },
};

const balancer: Record<string, Answer> = {
  [`GET ${balancerId}`]: {
    status: 200,
    body: {
      id: balancerId,
      name: "vmss1LB",
      sku: { name: "Standard" },
      properties: {
        frontendIPConfigurations: [
          {
            id: `${balancerId}/front`,
            name: "front",
            properties: { publicIPAddress: { id: `${network}/publicIPAddresses/lb` } },
          },
        ],
        // Of the spec's example LoadBalancerCreateWithInboundNatPool: a pool has made one rule for each instance.
        inboundNatPools: [{ id: `${balancerId}/inboundNatPools/pool`, name: "pool", properties: {} }],
        inboundNatRules: [1, 3].map((number) => ({
          id: `${balancerId}/inboundNatRules/pool.${number}`,
          name: `pool.${number}`,
          properties: {
            frontendIPConfiguration: { id: `${balancerId}/front` },
            frontendPort: 50000 + number,
            backendPort: 3389,
            protocol: "Tcp",
          },
        })),
      },
    },
  },
  [`GET ${network}/publicIPAddresses/lb`]: {
    status: 200,
    body: {
      id: `${network}/publicIPAddresses/lb`,
      name: "lb",
      sku: { name: "Standard" },
      properties: { ipAddress: "20.50.60.80" },
    },
  },
};

const asked = { [`GET ${path}?$expand=instanceView`]: machine(), [`GET ${setPath}`]: scaleSet() };

async function read(routes: Record<string, Answer | Answer[]>) {
  const arm = fakeArm(routes);
  const azure = connectAzure({ credential, httpClient: arm });
  const evidence = await azure.reader.read(instance);
  return { arm, azure, evidence };
}

function versionsOf({ calls }: FakeArm): Record<string, string | null> {
  return Object.fromEntries(
    calls.map(({ url }) => {
      const { pathname, searchParams } = new URL(url);
      return [pathname.split("/providers/").at(-1) ?? "", searchParams.get("api-version")];
    }),
  );
}

describe("an instance of a uniform scale set", () => {
  test("is read with its instance view, its set and its own NICs, each in the version of who answers", async () => {
    const { arm, evidence } = await read({ ...asked, ...around, [`GET ${nicId}`]: nic() });
    if (!evidence.ok) throw new Error(evidence.problem.message);
    expect(arm.unused()).toEqual([]);
    expect(AzureEvidence.parse(evidence.value)).toMatchObject({
      vm: {
        id: path,
        location: "westus",
        osType: "Windows",
        osVersion: "10.0.20348.2113",
        powerState: "running",
        agent: { status: "Ready", version: "2.7.41491.1172" },
        scaleSetId: setPath,
        scaleSet: {
          upgradeMode: "Manual",
          upgradesImages: false,
          repairAction: null,
          isLatestModel: true,
          protection: "none",
        },
        tags: {},
      },
      network: {
        interfaces: [
          {
            id: nicId,
            primary: true,
            securityGroup: { name: "vmss1NSG" },
            effective: null,
            routes: null,
            ipConfigurations: [{ privateAddress: "10.0.0.4", publicAddress: null, forwardings: [] }],
          },
        ],
      },
    });
    expect(evidence.value.passing).toBeUndefined();
    expect(versionsOf(arm)).toMatchObject({
      "Microsoft.Compute/virtualMachineScaleSets/vmss1": "2023-03-01",
      "Microsoft.Compute/virtualMachineScaleSets/vmss1/virtualMachines/3": "2023-03-01",
      "Microsoft.Compute/virtualMachineScaleSets/vmss1/virtualMachines/3/networkInterfaces/vmss1Nic": "2018-10-01",
      "Microsoft.Network/networkSecurityGroups/vmss1NSG": "2023-02-01",
    });
  });

  test("a setting of the versions of Microsoft.Compute leaves its NICs alone", async () => {
    const arm = fakeArm({ ...asked, ...around, [`GET ${nicId}`]: nic() });
    const apiVersions = { "Microsoft.Compute": "2024-07-01" };
    await connectAzure({ credential, httpClient: arm, apiVersions }).reader.read(instance);
    expect(versionsOf(arm)).toMatchObject({
      "Microsoft.Compute/virtualMachineScaleSets/vmss1/virtualMachines/3": "2024-07-01",
      "Microsoft.Compute/virtualMachineScaleSets/vmss1/virtualMachines/3/networkInterfaces/vmss1Nic": "2018-10-01",
    });
  });

  test("has a public address of its own, and the rule of the NAT pool that is its own", async () => {
    const { evidence } = await read({
      ...asked,
      ...around,
      ...balancer,
      [`GET ${nicId}`]: nic({
        // Azure writes an id in any case.
        publicIPAddress: { id: addressId.replace("publicIPAddresses", "publicIpAddresses") },
        loadBalancerInboundNatRules: [{ id: `${balancerId}/inboundNatRules/pool.3` }],
      }),
      [`GET ${configurationId.replace("ipConfigurations", "ipconfigurations")}/publicipaddresses/vmss1Address`]: {
        status: 200,
        body: {
          id: addressId,
          name: "vmss1Address",
          sku: { name: "Standard" },
          properties: { ipAddress: "20.50.60.70" },
        },
      },
    });
    if (!evidence.ok || !("interfaces" in evidence.value.network)) throw new Error("Its network is read.");
    expect(evidence.value.network.interfaces[0]?.ipConfigurations[0]).toMatchObject({
      publicAddress: { address: "20.50.60.70", sku: "Standard" },
      forwardings: [{ rule: "pool.3", frontPorts: "50003", backendPort: 3389, frontAddress: "20.50.60.80" }],
    });
    const [verdict] = evaluateNetwork(evidence.value, ["203.0.113.7"], 3389);
    expect(verdict).toMatchObject({ verdict: "allowed", method: "static", notEffective: null });
  });

  test("is never asked what is in effect: no published operation does that", async () => {
    const { evidence } = await read({ ...asked, ...around, [`GET ${nicId}`]: nic() });
    if (!evidence.ok) throw new Error(evidence.problem.message);
    const none = connectAzure({ credential, httpClient: fakeArm({}) });
    expect(await none.reader.crossCheck(instance, evidence.value)).toEqual(evidence.value.network);
    expect(await none.reader.crossCheck(instance, evidence.value, { sources: ["203.0.113.7"] })).toMatchObject({
      flowsUnverified: expect.stringContaining("virtual machines alone"),
    });
  });

  test.each([
    ["an upgrade by itself", { upgradePolicy: { mode: "Rolling" } }, {}, { upgradeMode: "Rolling" }],
    [
      "new images by themselves",
      { upgradePolicy: { mode: "Manual", automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } } },
      {},
      { upgradesImages: true },
    ],
    [
      "automatic repairs, of which Azure's default replaces",
      { automaticRepairsPolicy: { enabled: true } },
      {},
      { repairAction: "Replace" },
    ],
    [
      "automatic repairs that are off",
      { automaticRepairsPolicy: { enabled: false, repairAction: "Reimage" } },
      {},
      { repairAction: null },
    ],
    ["an old model", {}, { latestModelApplied: false }, { isLatestModel: false }],
    ["protection from scale-in", {}, { protectionPolicy: { protectFromScaleIn: true } }, { protection: "scale-in" }],
    [
      "protection from all that its set does",
      {},
      { protectionPolicy: { protectFromScaleIn: false, protectFromScaleSetActions: true } },
      { protection: "scale-set-actions" },
    ],
    [
      "a set that tells nothing",
      { upgradePolicy: undefined },
      { latestModelApplied: undefined },
      { upgradeMode: null, isLatestModel: null },
    ],
  ])("%s is read", async (_, ofSet, own, policy) => {
    const { evidence } = await read({
      [`GET ${path}?$expand=instanceView`]: machine(own),
      [`GET ${setPath}`]: scaleSet(ofSet),
      ...around,
      [`GET ${nicId}`]: nic(),
    });
    expect(evidence).toMatchObject({ ok: true, value: { vm: { scaleSet: policy } } });
  });

  test("has the tags of its set too, but its own come first", async () => {
    const tags = { "RDP-Access": "closed", env: "prod" };
    const routes = {
      [`GET ${path}?$expand=instanceView`]: [machine({}, { tags: { "rdp-access": "open" } }), machine()],
      [`GET ${setPath}`]: [scaleSet({}, tags), scaleSet({}, tags)],
      ...around,
      [`GET ${nicId}`]: nic(),
    };
    const { azure, evidence } = await read(routes);
    expect(evidence).toMatchObject({ ok: true, value: { vm: { tags: { "rdp-access": "open", env: "prod" } } } });
    expect(await azure.tagReader.tagsOf(instance)).toEqual({ ok: true, value: tags });
  });

  test("a set that may not be read costs its policy alone; one that cannot be read now is asked again", async () => {
    const routes = {
      [`GET ${path}?$expand=instanceView`]: machine(),
      ...around,
      [`GET ${nicId}`]: nic(),
    };
    const denied = await read({ ...routes, [`GET ${setPath}`]: refusal(403, "AuthorizationFailed", "No.") });
    expect(denied.evidence).toMatchObject({
      ok: true,
      value: {
        vm: { scaleSetId: setPath, scaleSet: { unreadable: expect.stringContaining("read the scale set of vmss1/3") } },
        network: { interfaces: [{}] },
      },
    });
    const busy = await read({ ...routes, [`GET ${setPath}`]: refusal(503, "ServerBusy", "Later.") });
    expect(busy.evidence).toMatchObject({ ok: true, value: { passing: { retryable: true } } });
  });

  test("of a flexible set is refused with the id of the VM that it is", async () => {
    const { evidence } = await read({
      [`GET ${path}?$expand=instanceView`]: machine(),
      [`GET ${setPath}`]: scaleSet({ orchestrationMode: "Flexible" }),
      // Azure/azure-cli#27341
      [`GET ${nicId}`]: refusal(404, "NotFound", "Resource not found."),
    });
    expect(evidence).toMatchObject({
      ok: false,
      problem: {
        code: "invalid-vm-id",
        message: expect.stringContaining(`${group}/Microsoft.Compute/virtualMachines/3.`),
      },
    });
  });

  test.each([
    ["scaled in", gone, { code: "vm-not-found", retryable: false }],
    ["in a set that does not exist", refusal(404, "ResourceNotFound", "No."), { code: "vm-not-found" }],
    ["that may not be read", refusal(403, "AuthorizationFailed", "No."), { code: "right-missing" }],
  ])("%s is a problem", async (_, answer, problem) => {
    const { evidence } = await read({ [`GET ${path}?$expand=instanceView`]: answer });
    expect(evidence).toMatchObject({ ok: false, problem });
  });

  test("is restarted itself, not its set", async () => {
    const arm = fakeArm({ [`POST ${path}/restart`]: { status: 202 } });
    expect(await connectAzure({ credential, httpClient: arm }).power.restart(instance)).toEqual({
      ok: true,
      value: "accepted",
    });
    expect(arm.unused()).toEqual([]);
  });
});

describe("its Run Commands", () => {
  const name = "rdpfix-7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f-collect-1";
  const own = `${path}/runCommands/${name}`;
  const command = { name, script: "1", timeoutSeconds: 60, deadline: "2026-11-21T09:00:00.000Z", location: "westus" };
  const connect = (routes: Record<string, Answer>) => connectAzure({ credential, httpClient: fakeArm(routes) });

  test("are started, read with their instance view, listed and deleted below the instance", async () => {
    const azure = connect({
      [`PUT ${own}`]: { status: 201, body: { name } },
      [`GET ${own}?$expand=instanceView`]: {
        status: 200,
        body: {
          name,
          properties: { provisioningState: "Succeeded", instanceView: { executionState: "Succeeded", output: "x" } },
        },
      },
      [`GET ${path}/runCommands?$expand=instanceView`]: { status: 200, body: { value: [{ name, properties: {} }] } },
      [`DELETE ${own}`]: { status: 202 },
    });
    expect(await azure.channel.start(instance, command)).toEqual({ ok: true, value: "started" });
    expect(await azure.channel.status(instance, name)).toMatchObject({ value: { kind: "finished", output: "x" } });
    expect(await azure.runCommands.list(instance)).toMatchObject({ value: [{ name, isOurs: true }] });
    expect(await azure.channel.discard(instance, name)).toEqual({ ok: true, value: "discarded" });
  });

  test("go with the instance: a start and a read say so, and nothing is left to delete", async () => {
    const azure = connect({ [`PUT ${own}`]: gone, [`GET ${own}?$expand=instanceView`]: gone, [`DELETE ${own}`]: gone });
    const problem = { code: "vm-not-found", message: expect.stringContaining("it was scaled in or replaced") };
    expect(await azure.channel.start(instance, command)).toMatchObject({ ok: false, problem });
    expect(await azure.channel.status(instance, name)).toMatchObject({ ok: false, problem });
    expect(await azure.channel.discard(instance, name)).toEqual({ ok: true, value: "discarded" });
  });
});

test("in the simulated Azure, an instance is found by Resource Graph in a table of its own", async () => {
  const world = worldOf({
    vms: [
      { name: "vm-app-01" },
      {
        kind: "scale-set-instance",
        name: "vmss-app/3",
        tags: { env: "prod" },
        instance: { setTags: { ENV: "test", team: "a" } },
      },
      {
        kind: "scale-set-instance",
        name: "vmss-app/4",
        osType: "Linux",
        instance: { setTags: { ENV: "test", team: "a" } },
        network: { nics: [{ privateAddress: "10.0.0.5" }] },
      },
    ],
  });
  const { sandbox } = await startSimulatedAzure({ world, guest: "modelled" });
  const azure = connectAzure({ credential: credentialOf(sandbox, "remediator"), endpoint: sandbox.endpoint });
  const scope = `/subscriptions/${instance.subscriptionId}`;
  // A tag of the instance comes before that of its set, as everywhere.
  const three = { vm: { name: "vmss-app/3", kind: "scale-set-instance" }, tags: { env: "prod", team: "a" } };
  expect(await azure.inventory.find({ kind: "scope", scope })).toMatchObject({
    value: [{ vm: { name: "vm-app-01" } }, three],
  });
  const tagged = async (name: string, value: string) =>
    azure.inventory.find({ kind: "scope", scope, tag: { name, value } });
  expect(await tagged("ENV", "prod")).toMatchObject({ value: [three] });
  expect(await tagged("Team", "a")).toMatchObject({ value: [three] });
  expect(await tagged("env", "test")).toEqual({ ok: true, value: [] });
  const set = `${scope}/resourceGroups/RG-APP/providers/Microsoft.Compute/virtualMachineScaleSets`;
  expect(await azure.inventory.find({ kind: "scope", scope: `${set}/VMSS-App` })).toMatchObject({ value: [three] });
  expect(await azure.inventory.find({ kind: "scope", scope: `${set}/vmss-ap` })).toEqual({ ok: true, value: [] });
  expect(await azure.inventory.find({ kind: "scope", scope: `${set}/vmss-app/virtualMachines/3` })).toMatchObject({
    problem: { code: "invalid-input" },
  });
  const vms = [
    { ...instance, name: "vmss-app/3" },
    { ...instance, name: "vmss-app/9" },
  ];
  expect(await azure.inventory.find({ kind: "list", vms })).toMatchObject({ ok: true, value: [three] });
  const query = "computeresources | where name == 'vmss-app_3'";
  expect(await azure.inventory.find({ kind: "query", query, subscriptions: [] })).toMatchObject({ ok: true });
  expect(sandbox.calls.filter(({ status }) => status !== 200)).toEqual([]);
});
