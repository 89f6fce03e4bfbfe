import { describe, expect, test } from "vitest";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

/* What clients of ARM look at besides VMs and networks: providers, locks, role assignments, and what ARM refuses. */

const compute = "?api-version=2026-04-01";
const script = { source: { script: "Get-Date" } };

describe("a managed Run Command", () => {
  test("is changed by a PATCH, answered 200 as recorded, and runs what was changed", async () => {
    const { vmPath, ask, sandbox } = await startSimulatedAzure({ world: worldOf() });
    const path = `${vmPath}/runCommands/one${compute}`;
    await ask("PUT", path, { body: { location: "westeurope", properties: script } });
    const seen = async () => (await ask("GET", path)).body.properties as { provisioningState: string };
    await expect.poll(async () => (await seen()).provisioningState).toBe("Succeeded");
    const patched = await ask("PATCH", path, {
      body: { properties: { source: { script: "Get-Host" } }, tags: { a: "b" } },
    });
    expect(patched).toMatchObject({
      status: 200,
      body: { tags: { a: "b" }, properties: { source: { script: "Get-Host" } } },
    });
    await expect.poll(() => sandbox.scriptRuns.map((run) => run.script)).toEqual(["Get-Date", "Get-Host"]);
  });

  test("that is not there is not patched", async () => {
    const { vmPath, ask } = await startSimulatedAzure();
    const answer = await ask("PATCH", `${vmPath}/runCommands/one${compute}`, { body: { tags: {} } });
    expect(answer).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
  });

  test("of another region than its VM is refused; spelling does not count", async () => {
    const { vmPath, ask } = await startSimulatedAzure();
    const put = (location: string) =>
      ask("PUT", `${vmPath}/runCommands/one${compute}`, { body: { location, properties: script } });
    expect(await put("northeurope")).toMatchObject({ status: 400, body: { error: { code: "InvalidParameter" } } });
    expect((await put("West Europe")).status).toBe(201);
  });
});

test("resource providers are registered, with the API versions that are served", async () => {
  const world = worldOf({ apiVersions: { "Microsoft.Compute": ["2023-03-01", "2024-03-01"] } });
  const { vm, ask } = await startSimulatedAzure({ world });
  const path = `/subscriptions/${vm.subscriptionId}/providers`;
  const all = await ask("GET", `${path}?api-version=2021-04-01`);
  expect((all.body.value as { namespace: string }[]).map(({ namespace }) => namespace)).toContain("Microsoft.Network");
  expect((await ask("GET", `${path}/microsoft.compute?api-version=2021-04-01`)).body).toMatchObject({
    namespace: "Microsoft.Compute",
    registrationState: "Registered",
    resourceTypes: [{ resourceType: "virtualMachines", apiVersions: ["2024-03-01", "2023-03-01"] }, {}],
  });
  expect((await ask("GET", `${path}/Microsoft.Nothing?api-version=2021-04-01`)).status).toBe(404);
});

test("the lock of a VM is listed at the VM and above it, and at no other VM", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", lock: "ReadOnly" }, { name: "vm-app-02" }] });
  const { vm, vmPath, ask } = await startSimulatedAzure({ world });
  const locks = async (scope: string) => {
    const { body } = await ask("GET", `${scope}/providers/Microsoft.Authorization/locks?api-version=2020-05-01`);
    return (body.value as { properties: { level: string } }[]).map(({ properties }) => properties.level);
  };
  expect(await locks(vmPath)).toEqual(["ReadOnly"]);
  expect(await locks(`/subscriptions/${vm.subscriptionId}`)).toEqual(["ReadOnly"]);
  expect(await locks(vmPath.replace("vm-app-01", "vm-app-02"))).toEqual([]);
});

test("role assignments are listed at their scopes, by principal, and only to who may read them", async () => {
  const started = await startSimulatedAzure();
  const { vm, sandbox } = started;
  const group = `/subscriptions/${vm.subscriptionId}/resourceGroups/rg-app`;
  const world = worldOf({ assignments: [{ role: "remediator", scope: group }] });
  const { ask, sandbox: own } = await startSimulatedAzure({ world });
  const path = (scope: string, filter = "") =>
    `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01${filter}`;
  const { body } = await ask("GET", path(group));
  expect(body.value).toMatchObject([
    { properties: { scope: group, principalId: own.remediator.objectId, principalType: "ServicePrincipal" } },
  ]);
  const others = await ask("GET", path(group, `&$filter=principalId eq '${sandbox.operator.clientId}'`));
  expect(others.body.value).toEqual([]);
  expect(
    (await ask("GET", path(`/subscriptions/${vm.subscriptionId}/resourceGroups/NetworkWatcherRG`))).body.value,
  ).toEqual([]);
  const asRemediator = await startSimulatedAzure({ world, as: "remediator" });
  expect((await asRemediator.ask("GET", path(group))).status).toBe(403);
});

describe("IP flow verify", () => {
  const verify = async (changes: Record<string, string>) => {
    const { vm, network } = await startSimulatedAzure();
    return network.networkWatchers
      .verifyIPFlow("NetworkWatcherRG", "NetworkWatcher_westeurope", {
        targetResourceId: vm.id,
        direction: "Inbound",
        protocol: "TCP",
        localIPAddress: "10.0.0.4",
        localPort: "3389",
        remoteIPAddress: "203.0.113.7",
        remotePort: "60000",
        ...changes,
      })
      .pollUntilDone({ updateIntervalInMs: 10 } as never);
  };

  test("reads its words without regard to case, and * as any port", async () => {
    const plain = await verify({});
    expect(await verify({ protocol: "Tcp", direction: "inbound", remotePort: "*" })).toEqual(plain);
  });

  test("lets everything out: worlds have no outbound rules", async () => {
    expect(await verify({ direction: "Outbound" })).toMatchObject({
      access: "Allow",
      ruleName: "defaultSecurityRules/AllowInternetOutBound",
    });
  });
});
