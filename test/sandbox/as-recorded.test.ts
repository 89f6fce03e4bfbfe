import { describe, expect, test } from "vitest";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

/*
 * Answers as recorded traffic of the real ARM has them: azure-powershell, Set-AzVMRunCommand and Get-AzVMRunCommand;
 * azure-cli, test_vm_run_command_e2e.yaml and test_network_watcher_vm.yaml.
 */

const version = "?api-version=2023-03-01";
const body = (properties: object) => ({ body: { location: "westeurope", properties } });
const script = { source: { script: "Get-Date" } };

describe("a managed Run Command", () => {
  test("is accepted with Azure-AsyncOperation and no Location", async () => {
    const { vmPath, ask } = await startSimulatedAzure();
    const { status, headers } = await ask("PUT", `${vmPath}/runCommands/one${version}`, body(script));
    expect(status).toBe(201);
    expect(headers.get("location")).toBeNull();
    expect(headers.get("azure-asyncoperation")).toContain("/operations/");
    expect(headers.get("azure-asyncnotification")).toBe("Enabled");
  });

  test.each([
    ["without a source", {}, { source: {} }],
    ["with no time limit", { ...script, timeoutInSeconds: 0 }, { timeoutInSeconds: 0 }],
  ])("%s is taken and shown as it is", async (_, properties, shown) => {
    const { vmPath, ask } = await startSimulatedAzure();
    const path = `${vmPath}/runCommands/one${version}`;
    expect((await ask("PUT", path, body(properties))).status).toBe(201);
    expect((await ask("GET", path)).body).toMatchObject({ properties: shown });
  });

  test("of a VM that is not there is refused for its parent", async () => {
    const { vmPath, ask } = await startSimulatedAzure();
    const answer = await ask("PUT", `${vmPath}x/runCommands/one${version}`, body(script));
    expect(answer).toMatchObject({ status: 404, body: { error: { code: "ParentResourceNotFound" } } });
  });

  test("is refused while the VM restarts, and so is another restart", async () => {
    const world = worldOf({ vms: [{ name: "vm-app-01" }], restartSeconds: 600 });
    const { vmPath, ask } = await startSimulatedAzure({ world });
    expect((await ask("POST", `${vmPath}/restart${version}`)).status).toBe(202);
    const conflict = { status: 409, body: { error: { code: "Conflict" } } };
    expect(await ask("PUT", `${vmPath}/runCommands/one${version}`, body(script))).toMatchObject(conflict);
    expect(await ask("POST", `${vmPath}/restart${version}`)).toMatchObject(conflict);
  });

  test.each([3, 6])("with a script of %i MB is taken, or refused in ARM's words", async (megabytes) => {
    const { vmPath, ask } = await startSimulatedAzure();
    const long = { source: { script: "#".repeat(megabytes * 1024 * 1024) } };
    const answer = await ask("PUT", `${vmPath}/runCommands/one${version}`, body(long));
    if (megabytes < 4) expect(answer.status).toBe(201);
    else expect(answer).toMatchObject({ status: 413, body: { error: { code: "RequestContentTooLarge" } } });
  });
});

test("a VM with one NIC does not say which is the primary one", async () => {
  const { vmPath, ask } = await startSimulatedAzure();
  const { body: vm } = await ask("GET", `${vmPath}${version}`);
  expect(vm).toMatchObject({ properties: { networkProfile: { networkInterfaces: [{ id: expect.any(String) }] } } });
  expect(JSON.stringify(vm)).not.toContain('"primary"');
});

test("the Network Watchers of a subscription are listed", async () => {
  const { vm, ask } = await startSimulatedAzure();
  const path = `/subscriptions/${vm.subscriptionId}/providers/Microsoft.Network/networkWatchers?api-version=2024-05-01`;
  expect((await ask("GET", path)).body).toMatchObject({ value: [{ name: "NetworkWatcher_westeurope" }] });
});
