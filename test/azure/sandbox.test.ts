import { describe, expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import { checkSigningKeys } from "../../lib/http/authentication.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import { remediatorOf, sandboxWith, type VmInput, type WorldInput } from "./sandbox.ts";

/*
 * The real SDKs over real TLS, signed in with the shipped role.
 */

async function azure(vm: VmInput = {}, world: WorldInput = {}) {
  const started = await sandboxWith(vm, world);
  const { endpoint } = started.sandbox;
  return { ...started, ...connectAzure({ endpoint, credential: remediatorOf(started) }) };
}

async function read(vm: VmInput, world: WorldInput = {}) {
  const azureOf = await azure(vm, world);
  const result = await readWhole(azureOf.reader, azureOf.vm);
  if (!result.ok) throw new Error(result.problem.message);
  return { ...azureOf, evidence: AzureEvidence.parse(result.value) };
}

const runId = "7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f";
const command = {
  name: `rdpfix-${runId}-collect-1`,
  script: "'hello'",
  timeoutSeconds: 60,
  deadline: "2026-11-21T09:00:00.000Z",
  location: "westeurope",
};

test("a VM with security groups and a public address is read in eight calls, each of another resource", async () => {
  const network = {
    nics: [
      {
        publicAddress: "203.0.113.7",
        securityGroup: { name: "nic-nsg", rules: [{ name: "allow-rdp", priority: 300, access: "Allow" as const }] },
      },
    ],
    subnets: [{ securityGroup: { name: "subnet-nsg" } }],
  };
  const { evidence, sandbox } = await read({ network, tags: { env: "prod" } });
  expect(evidence.vm).toMatchObject({ powerState: "running", agent: { status: "Ready" }, tags: { env: "prod" } });
  expect(evidence.network).toMatchObject({
    interfaces: [
      {
        primary: true,
        securityGroup: { name: "nic-nsg" },
        ipConfigurations: [
          {
            privateAddress: "10.0.0.4",
            publicAddress: { address: "203.0.113.7", sku: "Standard" },
            subnet: { securityGroup: { name: "subnet-nsg" } },
          },
        ],
      },
    ],
  });
  const [nic] = "interfaces" in evidence.network ? evidence.network.interfaces : [];
  const written = nic?.securityGroup && "rules" in nic.securityGroup ? nic.securityGroup.rules : [];
  expect(written).toContainEqual({
    name: "allow-rdp",
    priority: 300,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sources: ["*"],
    sourcePorts: ["*"],
    destinations: ["*"],
    destinationPorts: ["3389"],
    sourceGroups: [],
    destinationGroups: [],
  });
  expect(written.map(({ name }) => name)).toContain("DenyAllInBound");
  // The list of the rules in effect is fetched from where Azure says that it will be.
  const calls = sandbox.calls.filter(({ path }) => !path.includes("/operationResults/"));
  expect(new Set(calls.map(({ path }) => path)).size).toBe(8);
  expect(calls.length).toBe(8);
});

test("a stopped VM is read as such", async () => {
  const { evidence } = await read({ powerState: "deallocated", provisioningState: "Failed" });
  expect(evidence.vm).toMatchObject({ powerState: "deallocated", provisioningState: "Failed" });
});

test("an agent of which Azure says nothing is unknown", async () => {
  expect((await read({ agent: "absent" })).evidence.vm.agent).toBeNull();
});

test("an agent that is not ready is read as such", async () => {
  const { agent } = (await read({ agent: "not-ready" })).evidence.vm;
  expect(agent?.status).not.toBe("Ready");
  expect(agent).not.toBeNull();
});

test("a Linux VM and its scale set are read", async () => {
  const { evidence } = await read({ osType: "Linux", scaleSet: "vmss" });
  expect(evidence.vm).toMatchObject({ osType: "Linux", scaleSetId: expect.stringMatching(/\/vmss$/) });
});

test("without the right to read NICs the VM is readable and the network is not", async () => {
  const action = "Microsoft.Network/networkInterfaces/read";
  const { evidence } = await read({}, { deny: [action] });
  expect(evidence.vm.powerState).toBe("running");
  expect(evidence.network).toEqual({ unreadable: expect.stringContaining(`lacks the right ${action} on `) });
});

test.each([
  "Microsoft.Network/virtualNetworks/read",
  "Microsoft.Network/networkSecurityGroups/read",
  "Microsoft.Network/publicIPAddresses/read",
  "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
  "Microsoft.Network/locations/operationResults/read",
  "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
])("without %s the rest of the network is read, and what is missing is named", async (action) => {
  const nics = [{ publicAddress: "203.0.113.7", securityGroup: { name: "nic-nsg" } }];
  const { evidence } = await read({ network: { nics } }, { deny: [action] });
  expect(evidence.network).toMatchObject({ interfaces: [{ ipConfigurations: [{ privateAddress: "10.0.0.4" }] }] });
  expect(JSON.stringify(evidence.network)).toContain(`lacks the right ${action} on `);
});

test("a script is started, watched, and its Run Command deleted", async () => {
  const { channel, vm, sandbox } = await azure({}, { runCommand: { seconds: 0.3 } });
  expect(await channel.status(vm, command.name)).toEqual({ ok: true, value: { kind: "absent" } });
  expect(await channel.start(vm, command)).toEqual({ ok: true, value: "started" });
  expect(await channel.status(vm, command.name)).toEqual({ ok: true, value: { kind: "running" } });
  await expect.poll(() => channel.status(vm, command.name)).toMatchObject({ value: { kind: "finished" } });
  expect(await channel.discard(vm, command.name)).toEqual({ ok: true, value: "discarded" });
  expect(await channel.discard(vm, command.name)).toEqual({ ok: true, value: "discarded" });
  // The agent lets go of it a little later.
  await expect.poll(() => channel.status(vm, command.name)).toEqual({ ok: true, value: { kind: "absent" } });
  expect(sandbox.scriptRuns.map(({ name, script }) => ({ name, script }))).toEqual([
    { name: command.name, script: command.script },
  ]);
});

test("a start whose answer was lost can be asked for again: the script runs once", async () => {
  const on = "Microsoft.Compute/virtualMachines/runCommands/write";
  const lost = { on, answer: { kind: "dropped" as const, carriedOut: true } };
  const { channel, vm, sandbox } = await azure({}, { faults: [lost] });
  expect(await channel.start(vm, command)).toMatchObject({ ok: false, problem: { retryable: true } });
  expect(await channel.start(vm, command)).toEqual({ ok: true, value: "started" });
  await expect.poll(() => channel.status(vm, command.name)).toMatchObject({ value: { kind: "finished" } });
  expect(await channel.start(vm, command)).toEqual({ ok: true, value: "started" });
  expect(sandbox.scriptRuns.length).toBe(1);
});

test("a restart is accepted, and nothing waits for its end", async () => {
  const { power, vm, sandbox } = await azure({}, { restartSeconds: 5 });
  expect(await power.restart(vm)).toEqual({ ok: true, value: "accepted" });
  expect(sandbox.calls.map(({ method, status }) => `${method} ${status}`)).toEqual(["POST 202"]);
});

test.each([
  [
    { kind: "throttled", retryAfterSeconds: 7 },
    { code: "throttled", retryable: true, retryAfterMs: 7000 },
  ],
  [{ kind: "busy" }, { code: "vm-busy", retryable: true }],
  [
    { kind: "server-error", status: 500 },
    { code: "azure-unavailable", retryable: true },
  ],
  [
    { kind: "server-error", status: 503 },
    { code: "azure-unavailable", retryable: true },
  ],
  [{ kind: "dropped" }, { code: "azure-unavailable", retryable: true }],
] as const)("%j is a problem after one call, whatever was asked", async (answer, problem) => {
  const { reader, channel, power, vm, sandbox } = await azure({}, { faults: [{ on: "*", times: 5, answer }] });
  const asked = [
    () => reader.read(vm),
    () => channel.start(vm, command),
    () => channel.status(vm, command.name),
    () => channel.discard(vm, command.name),
    () => power.restart(vm),
  ];
  for (const [count, ask] of asked.entries()) {
    expect(await ask()).toMatchObject({ ok: false, problem });
    expect(sandbox.calls.length).toBe(count + 1);
  }
  expect(sandbox.scriptRuns.length).toBe(0);
});

test("these are all the rights that the adapters use", async () => {
  const jit = { name: "MicrosoftDefenderForCloud-JITRule_-1_A", priority: 4096, access: "Deny" as const };
  const network = {
    jit: {},
    bastion: {},
    loadBalancer: { publicAddress: "20.50.60.80" },
    nics: [
      {
        publicAddress: "203.0.113.7",
        natRules: [{ name: "rdp", frontPort: 50001 }],
        securityGroup: { name: "nic-nsg", rules: [jit] },
      },
    ],
  };
  const { reader, channel, power, vm, sandbox } = await azure({ network });
  await readWhole(reader, vm, { sources: ["203.0.113.9"] });
  await channel.start(vm, command);
  await channel.status(vm, command.name);
  await channel.discard(vm, command.name);
  await power.restart(vm);
  expect([...new Set(sandbox.calls.map(({ action }) => action))].sort()).toEqual([
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/restart/action",
    "Microsoft.Compute/virtualMachines/runCommands/delete",
    "Microsoft.Compute/virtualMachines/runCommands/read",
    "Microsoft.Compute/virtualMachines/runCommands/write",
    "Microsoft.Network/bastionHosts/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/locations/operationResults/read",
    "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/networkWatchers/ipFlowVerify/action",
    "Microsoft.Network/publicIPAddresses/read",
    "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
  ]);
});

describe("a Bastion host", () => {
  const securityGroup = {
    name: "nsg-bastion",
    rules: [{ name: "out", priority: 100, direction: "Outbound" as const, access: "Deny" as const }],
  };
  const bastionsIn = async (bastion: object, world: WorldInput = {}) => {
    const { evidence, sandbox } = await read({ network: { bastion } }, world);
    const [vnet] = "interfaces" in evidence.network ? evidence.network.virtualNetworks : [];
    if (!vnet || "unreadable" in vnet) throw new Error("The virtual network could not be read.");
    return { bastions: vnet.bastions, sandbox };
  };

  test("is read with the group of its subnet, in two more calls", async () => {
    const { bastions, sandbox } = await bastionsIn({
      sku: "Basic",
      provisioningState: "Failed",
      privateOnly: true,
      securityGroup,
    });
    expect(bastions).toMatchObject([
      {
        name: "bastion",
        prefixes: ["10.0.255.0/26"],
        securityGroup: {
          name: "nsg-bastion",
          rules: expect.arrayContaining([expect.objectContaining({ name: "out" })]),
        },
        host: { sku: "Basic", provisioningState: "Failed", hasPublicAddress: false },
      },
    ]);
    const of = (type: string) => sandbox.calls.filter(({ action }) => action === `Microsoft.Network/${type}/read`);
    expect([of("bastionHosts").length, of("networkSecurityGroups").length]).toEqual([1, 1]);
  });

  test("that may not be read makes nothing else unreadable", async () => {
    const { bastions } = await bastionsIn({}, { deny: ["Microsoft.Network/bastionHosts/read"] });
    expect(bastions).toMatchObject([
      { securityGroup: null, host: { unreadable: expect.stringContaining("bastionHosts/read") } },
    ]);
  });
});

type Azure = Awaited<ReturnType<typeof azure>>;

test.each([
  ["Microsoft.Compute/virtualMachines/read", ({ reader, vm }: Azure) => reader.read(vm)],
  ["Microsoft.Compute/virtualMachines/runCommands/write", ({ channel, vm }: Azure) => channel.start(vm, command)],
  ["Microsoft.Compute/virtualMachines/runCommands/read", ({ channel, vm }: Azure) => channel.status(vm, command.name)],
  [
    "Microsoft.Compute/virtualMachines/runCommands/delete",
    ({ channel, vm }: Azure) => channel.discard(vm, command.name),
  ],
  ["Microsoft.Compute/virtualMachines/restart/action", ({ power, vm }: Azure) => power.restart(vm)],
])("a missing right %s is named, after one call", async (action, ask) => {
  const started = await azure({}, { deny: [action] });
  expect(await ask(started)).toMatchObject({
    ok: false,
    problem: {
      code: "right-missing",
      retryable: false,
      message: expect.stringContaining(`lacks the right ${action} on `),
    },
  });
  expect(started.sandbox.calls.length).toBe(1);
});

test("a VM, group or subscription that Azure does not know is not found", async () => {
  const { reader, channel, vm } = await azure();
  const unknown = [
    { ...vm, name: "app-02" },
    { ...vm, resourceGroup: "rg-other" },
    { ...vm, subscriptionId: "00000000-0000-4000-8000-00000000dead" },
  ];
  for (const other of unknown) {
    expect(await reader.read(other)).toMatchObject({ ok: false, problem: { code: "vm-not-found" } });
    expect(await channel.start(other, command)).toMatchObject({ ok: false, problem: { code: "vm-not-found" } });
  }
});

test("no script starts in a stopped VM", async () => {
  const { channel, vm } = await azure({ powerState: "deallocated" });
  expect(await channel.start(vm, command)).toMatchObject({
    ok: false,
    problem: { code: "vm-not-running", retryable: false },
  });
});

test("a VM that holds 25 Run Commands takes no more", async () => {
  const { channel, vm } = await azure();
  for (let step = 1; step <= 25; step += 1) {
    expect(await channel.start(vm, { ...command, name: `rdpfix-${runId}-collect-${step}` })).toMatchObject({
      ok: true,
    });
  }
  expect(await channel.start(vm, { ...command, name: `rdpfix-${runId}-collect-26` })).toMatchObject({
    ok: false,
    problem: { code: "run-command-limit", retryable: false },
  });
});

test("an address whose certificate is not trusted is not talked to", async () => {
  const trusting = await azure();
  const { endpoint } = (await sandboxWith({}, {}, { trusted: false })).sandbox;
  const credential = { getToken: async () => ({ token: "any", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  expect(await connectAzure({ endpoint, credential }).reader.read(trusting.vm)).toMatchObject({
    ok: false,
    problem: { code: "azure-unavailable", retryable: false, message: expect.stringContaining("NODE_EXTRA_CA_CERTS") },
  });
});

test("a token that ARM does not accept is a failed sign-in", async () => {
  const { sandbox, vm } = await azure();
  const credential = { getToken: async () => ({ token: "no-token", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const { reader } = connectAzure({ endpoint: sandbox.endpoint, credential });
  expect(await reader.read(vm)).toMatchObject({ ok: false, problem: { code: "sign-in-failed", retryable: false } });
  expect(sandbox.calls.length).toBe(1);
});

test("a secret that Entra does not accept is a failed sign-in", async () => {
  const started = await sandboxWith();
  const { remediator, ...rest } = started.sandbox;
  const credential = remediatorOf({ ...started, sandbox: { ...rest, remediator: { ...remediator, secret: "wrong" } } });
  const { reader } = connectAzure({ endpoint: rest.endpoint, credential });
  expect(await reader.read(started.vm)).toMatchObject({ ok: false, problem: { code: "sign-in-failed" } });
  expect(rest.calls.length).toBe(0);
});

describe("a landing zone: the network is in a group where nobody has the remediator's role", () => {
  const groups = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups";
  const vm = {
    network: {
      resourceGroup: "rg-network",
      subnets: [{ securityGroup: { name: "nsg-app" } }],
    },
  };
  const remediator = { role: "remediator" as const, scope: `${groups}/rg-app` };
  const readerOn = (group: string) => ({ role: "network-reader" as const, scope: `${groups}/${group}` });

  async function readWith(assignments: { role: "remediator" | "network-reader"; scope: string }[]) {
    const rig = await sandboxWith(vm, { assignments });
    const azure = connectAzure({ endpoint: rig.sandbox.endpoint, credential: remediatorOf(rig) });
    const asked = await readWhole(azure.reader, rig.vm, { sources: ["203.0.113.7"] });
    if (!asked.ok || !("interfaces" in asked.value.network)) throw new Error("The NIC could not be read.");
    return { network: asked.value.network, azure, rig };
  }

  test("what is not known names the role and the group that it is to be assigned on", async () => {
    const { network } = await readWith([remediator]);
    const command = (group: string) =>
      expect.stringMatching(`--role "RDP Network Reader" --assignee [0-9a-f-]+ --scope ${groups}/${group} `);
    expect(network).toMatchObject({
      virtualNetworks: [{ unreadable: command("rg-network") }],
      flowChecks: [],
      flowsUnverified: command("NetworkWatcherRG"),
    });
  });

  test("with the shipped network reader there all is known", async () => {
    const { network } = await readWith([remediator, readerOn("rg-network"), readerOn("NetworkWatcherRG")]);
    expect(JSON.stringify(network)).not.toContain("unreadable");
    expect(network).toMatchObject({ flowChecks: [{ source: "203.0.113.7", verdict: "denied" }] });
    expect(network.flowsUnverified).toBeUndefined();
  });

  test("the network reader runs nothing, and the remediator runs nothing outside its group", async () => {
    const { azure, rig } = await readWith([remediator, readerOn("rg-other"), readerOn("rg-app")]);
    const command = {
      name: "rdpfix-1-collect-1",
      script: "1",
      timeoutSeconds: 60,
      deadline: "2026-11-21T09:00:00.000Z",
      location: "westeurope",
    };
    expect((await azure.channel.start(rig.vm, command)).ok).toBe(true);
    const elsewhere = await azure.channel.start({ ...rig.vm, resourceGroup: "rg-network" }, command);
    expect(elsewhere).toMatchObject({ ok: false, problem: { code: "right-missing" } });
  });
});

test.each([
  ["rg-app", ["app-01"]],
  ["rg-elsewhere", []],
])("a list of the subscription has what the role on %s lets read", async (group, names) => {
  const scope = "/subscriptions/00000000-0000-4000-8000-000000000001";
  const assignments = [{ role: "remediator" as const, scope: `${scope}/resourceGroups/${group}` }];
  const { inventory } = await azure({ tags: { env: "prod" } }, { assignments });
  const found = await inventory.find({ kind: "scope", scope, tag: { name: "env", value: "prod" } });
  expect(found.ok && found.value.map(({ vm }) => vm.name)).toEqual(names);
});

test("ARM and the keys of the tenant are found to work, and found to be away", async () => {
  const { sandbox, check } = await azure();
  const signIn = { tenantId: sandbox.tenantId, audiences: ["api://x"], authorityHost: sandbox.endpoint };
  await check();
  await checkSigningKeys(signIn);
  await sandbox.close();
  await expect(check()).rejects.toThrow(/Could not reach Azure Resource Manager: /);
  await expect(checkSigningKeys(signIn)).rejects.toThrow();
});
