import { describe, expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { AzureEvidence } from "../../lib/core/azure-evidence.ts";
import type { VmId } from "../../lib/core/vm-id.ts";
import { credentialOf, startSimulatedAzure, worldOf } from "../sandbox/simulated-azure.ts";
import { type Answer, credential, type FakeArm, fakeArm, refusal } from "./fake-arm.ts";

const server: VmId = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-branch",
  name: "srv-branch-01",
  kind: "arc-machine",
};
const subscription = `/subscriptions/${server.subscriptionId}`;
const path = `${subscription}/resourceGroups/rg-branch/providers/Microsoft.HybridCompute/machines/srv-branch-01`;
const name = "rdpfix-7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f-collect-1";
const command = {
  name,
  script: "'hello'",
  timeoutSeconds: 120,
  deadline: "2026-11-21T09:00:00.000Z",
  location: "westeurope",
};

/** As in the example Machine_Get.json of Microsoft.HybridCompute. */
function machine(properties: object = {}): Answer {
  const body = {
    id: path,
    name: "srv-branch-01",
    location: "westeurope",
    tags: { env: "prod" },
    properties: {
      provisioningState: "Succeeded",
      status: "Connected",
      agentVersion: "1.48.02881.1941",
      osType: "windows",
      osName: "windows",
      osSku: "Windows Server 2019 Datacenter",
      osVersion: "10.0.17763.6054",
      ...properties,
    },
  };
  return { status: 200, body };
}

function connect(routes: Record<string, Answer | Answer[]>) {
  const arm = fakeArm(routes);
  return { arm, azure: connectAzure({ credential, httpClient: arm }) };
}

const versionsOf = ({ calls }: FakeArm) => calls.map(({ url }) => new URL(url).searchParams.get("api-version"));

async function read(answer: Answer) {
  const { azure, arm } = connect({ [`GET ${path}`]: answer });
  const evidence = await azure.reader.read(server);
  return { arm, evidence };
}

describe("an Arc-enabled server", () => {
  test.each([
    ["Run Command's handler", [{ publisher: "Microsoft.CPlat.Core", type: "RunCommandHandlerWindows" }], true],
    ["that of Linux", [{ publisher: "microsoft.cplat.core", type: "runcommandhandlerlinux" }], undefined],
    ["another extension", [{ publisher: "Microsoft.Compute", type: "CustomScriptExtension" }], undefined],
    ["nothing", [], undefined],
    ["what is no list", "odd", undefined],
  ])("whose agent has %s on its blocklist", async (_, extensionsBlockList, blocks) => {
    const { evidence } = await read(machine({ agentConfiguration: { extensionsBlockList } }));
    if (!evidence.ok) throw new Error(evidence.problem.message);
    expect(evidence.value.vm.blocksRunCommand).toBe(blocks);
  });

  test("is read with one call, in the version of its own provider; its network is outside Azure", async () => {
    const { arm, evidence } = await read(machine());
    if (!evidence.ok) throw new Error(evidence.problem.message);
    expect(AzureEvidence.parse(evidence.value)).toEqual({
      vm: {
        id: path,
        location: "westeurope",
        osType: "Windows",
        osName: "Windows Server 2019 Datacenter",
        osVersion: "10.0.17763.6054",
        powerState: "unknown",
        provisioningState: "Succeeded",
        agent: { status: "Connected", version: "1.48.02881.1941" },
        scaleSetId: null,
        tags: { env: "prod" },
      },
      network: { outside: expect.stringContaining("outside Azure") },
    });
    expect(versionsOf(arm)).toEqual(["2025-01-13"]);
  });

  test.each([
    ["Linux", { osType: "Linux" }, { osType: "Linux" }],
    ["linux by its name alone", { osType: undefined, osName: "linux" }, { osType: "Linux" }],
    ["disconnected", { status: "Disconnected" }, { agent: { status: "Disconnected", version: "1.48.02881.1941" } }],
    ["without a status", { status: undefined }, { agent: null }],
    [
      "without anything",
      { status: null, agentVersion: null, osType: null, osName: null, osSku: null },
      { agent: null },
    ],
  ])("%s is read as such", async (_, properties, vm) => {
    expect((await read(machine(properties))).evidence).toMatchObject({ ok: true, value: { vm } });
  });

  test.each([
    [refusal(404, "ResourceNotFound", "No."), { code: "vm-not-found" }],
    [refusal(403, "AuthorizationFailed", "No."), { code: "right-missing" }],
    [refusal(503, "ServerBusy", "Later."), { code: "azure-unavailable", retryable: true }],
    [{ status: 200, body: { id: path } }, { code: "azure-refused" }],
  ])("an answer %j is a problem", async (answer, problem) => {
    expect((await read(answer)).evidence).toMatchObject({ ok: false, problem });
  });

  test("cross-checks ask Azure nothing", async () => {
    const { evidence } = await read(machine());
    if (!evidence.ok) throw new Error(evidence.problem.message);
    const { azure } = connect({});
    expect(await azure.reader.crossCheck(server, evidence.value, { sources: ["203.0.113.7"] })).toEqual(
      evidence.value.network,
    );
  });

  test("is never restarted", async () => {
    const { azure, arm } = connect({});
    expect(await azure.power.restart(server)).toMatchObject({ ok: false, problem: { retryable: false } });
    expect(arm.calls).toEqual([]);
  });

  test("tells its tags", async () => {
    const { azure } = connect({ [`GET ${path}`]: machine() });
    expect(await azure.tagReader.tagsOf(server)).toEqual({ ok: true, value: { env: "prod" } });
  });
});

describe("its Run Commands", () => {
  const own = `${path}/runCommands/${name}`;

  test("start below its own id, with the same body as those of a VM", async () => {
    const { azure, arm } = connect({ [`PUT ${own}`]: { status: 201, body: { name } } });
    expect(await azure.channel.start(server, command)).toEqual({ ok: true, value: "started" });
    expect(JSON.parse(String(arm.calls[0]?.body))).toMatchObject({
      location: "westeurope",
      tags: { "rdp-remediation-deadline": command.deadline },
      properties: { source: { script: "'hello'" }, timeoutInSeconds: 120, asyncExecution: true },
    });
    expect(versionsOf(arm)).toEqual(["2025-01-13"]);
  });

  test.each([
    // Azure/azure-cli#32262
    [
      "not begun",
      { provisioningState: "Creating", instanceView: { executionState: "Unknown", exitCode: 0 } },
      "running",
    ],
    [
      "ended",
      { provisioningState: "Succeeded", instanceView: { executionState: "Succeeded", output: "x" } },
      "finished",
    ],
  ])("that have %s are read without $expand", async (_, properties, kind) => {
    const { azure } = connect({ [`GET ${own}`]: { status: 200, body: { name, properties } } });
    expect(await azure.channel.status(server, name)).toMatchObject({ ok: true, value: { kind } });
  });

  test("are listed with their instance views, and deleted", async () => {
    const { azure } = connect({
      [`GET ${path}/runCommands?$expand=instanceView`]: { status: 200, body: { value: [{ name, properties: {} }] } },
      [`DELETE ${own}`]: { status: 202 },
    });
    expect(await azure.runCommands.list(server)).toMatchObject({ ok: true, value: [{ name, isOurs: true }] });
    expect(await azure.channel.discard(server, name)).toEqual({ ok: true, value: "discarded" });
  });
});

test("in the simulated Azure, a server takes a script, and is no virtual machine", async () => {
  const { name: called, resourceGroup, kind } = server;
  const world = worldOf({ vms: [{ name: called, resourceGroup, kind }] });
  const { sandbox } = await startSimulatedAzure({ world, guest: "modelled" });
  const azure = connectAzure({ credential: credentialOf(sandbox, "remediator"), endpoint: sandbox.endpoint });
  expect(await azure.channel.start(server, command)).toEqual({ ok: true, value: "started" });
  await expect.poll(() => azure.channel.status(server, name)).toMatchObject({ ok: true, value: { kind: "finished" } });
  expect(await azure.runCommands.list(server)).toMatchObject({ value: [{ name, deadline: command.deadline }] });
  expect(await azure.channel.discard(server, name)).toEqual({ ok: true, value: "discarded" });
  const asVm = { subscriptionId: server.subscriptionId, resourceGroup, name: called };
  expect(await azure.reader.read(asVm)).toMatchObject({ ok: false, problem: { code: "vm-not-found" } });
  const found = await azure.inventory.find({ kind: "scope", scope: subscription });
  expect(found).toMatchObject({ ok: true, value: [{ vm: server }] });
  expect(await azure.inventory.find({ kind: "list", vms: [server] })).toMatchObject({ value: [{ vm: server }] });
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});
