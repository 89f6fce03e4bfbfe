import type { ComputeManagementClient, VirtualMachineRunCommand } from "@azure/arm-compute";
import { isRestError } from "@azure/core-rest-pipeline";
import { expect, test } from "vitest";
import type { SandboxVm } from "../../sandbox/sandbox.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { scriptedGuest } from "./scripted-guest.ts";
import { quickly, type SimulatedAzure, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const echo = scriptedGuest((script) => ({ stdout: `${script}!` }));

function command(script: string, more: Partial<VirtualMachineRunCommand> = {}): VirtualMachineRunCommand {
  return { location: "westeurope", source: { script }, timeoutInSeconds: 60, ...more };
}

function put({ compute, vm }: SimulatedAzure, name: string, body: VirtualMachineRunCommand) {
  return compute.virtualMachineRunCommands.createOrUpdate(vm.resourceGroup, vm.name, name, body, quickly);
}

function view(compute: ComputeManagementClient, vm: SandboxVm, name: string) {
  return compute.virtualMachineRunCommands
    .getByVirtualMachine(vm.resourceGroup, vm.name, name, { expand: "instanceView" })
    .then((found) => ({ ...found.instanceView, provisioningState: found.provisioningState }));
}

async function codeOf(call: PromiseLike<unknown>): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    if (isRestError(error)) return `${error.statusCode} ${error.code}`;
    throw error;
  }
  return undefined;
}

test("runs a script to its end, and shows it only to who asks for the instance view", async () => {
  const azure = await startSimulatedAzure({ guest: echo, world: worldOf() });
  const created = await put(azure, "rc", command("hello"));
  expect(created).toMatchObject({ name: "rc", provisioningState: "Succeeded", source: { script: "hello" } });
  expect(created.instanceView).toBeUndefined();
  expect(await view(azure.compute, azure.vm, "RC")).toMatchObject({
    executionState: "Succeeded",
    exitCode: 0,
    output: "hello!",
    error: "",
    startTime: expect.any(Date),
    endTime: expect.any(Date),
  });
  expect(azure.sandbox.scriptRuns).toMatchObject([{ vm: "vm-app-01", name: "rc", script: "hello", runId: null }]);
});

test("is pending, then running, then ended; provisioned as soon as an asynchronous one has begun", async () => {
  const clock = createVirtualClock();
  const azure = await startSimulatedAzure({ guest: echo, clock, world: worldOf({ runCommand: { seconds: 60 } }) });
  const { compute, vm } = azure;
  await put(azure, "rc", command("x", { asyncExecution: true })).submitted();
  expect(await view(compute, vm, "rc")).toMatchObject({ executionState: "Pending", provisioningState: "Creating" });
  await clock.during(clock.sleep(30_000));
  const running = await view(compute, vm, "rc");
  expect(running).toMatchObject({ executionState: "Running", provisioningState: "Succeeded", output: "" });
  await clock.during(clock.sleep(60_000));
  expect(await view(compute, vm, "rc")).toMatchObject({ executionState: "Succeeded", output: "x!" });
});

test("a synchronous one is provisioned when the script has ended", async () => {
  const clock = createVirtualClock();
  const azure = await startSimulatedAzure({ guest: echo, clock, world: worldOf({ runCommand: { seconds: 60 } }) });
  const { compute, vm } = azure;
  await put(azure, "rc", command("x")).submitted();
  await clock.during(clock.sleep(30_000));
  expect(await view(compute, vm, "rc")).toMatchObject({ executionState: "Running", provisioningState: "Creating" });
  await clock.during(clock.sleep(60_000));
  expect(await view(compute, vm, "rc")).toMatchObject({ executionState: "Succeeded", provisioningState: "Succeeded" });
});

test("the same body under the same name does not run again; another body does", async () => {
  const azure = await startSimulatedAzure({ guest: echo });
  await put(azure, "rc", command("one"));
  await put(azure, "rc", command("one"));
  expect(azure.sandbox.scriptRuns).toHaveLength(1);
  await put(azure, "rc", command("two"));
  expect(azure.sandbox.scriptRuns.map((run) => run.script)).toEqual(["one", "two"]);
});

test("scripts of one VM run side by side", async () => {
  const clock = createVirtualClock();
  const azure = await startSimulatedAzure({ guest: echo, clock, world: worldOf({ runCommand: { seconds: 60 } }) });
  const names = ["a", "b"];
  await Promise.all(names.map((name) => put(azure, name, command(name, { asyncExecution: true })).submitted()));
  await clock.during(clock.sleep(30_000));
  const seen = await Promise.all(names.map((name) => view(azure.compute, azure.vm, name)));
  expect(seen.map(({ executionState }) => executionState)).toEqual(["Running", "Running"]);
});

test("a script that fails is a provisioned command, unless its failure is to count", async () => {
  const azure = await startSimulatedAzure({ guest: scriptedGuest(() => ({ exitCode: 3, stderr: "no" })) });
  await put(azure, "rc", command("x"));
  expect(await view(azure.compute, azure.vm, "rc")).toMatchObject({
    executionState: "Failed",
    exitCode: 3,
    error: "no",
    provisioningState: "Succeeded",
  });
  await expect(put(azure, "strict", command("x", { treatFailureAsDeploymentFailure: true }))).rejects.toThrow(
    "VMExtensionProvisioningError",
  );
});

test("a guest that breaks is a script that failed, and the sandbox goes on", async () => {
  const guest = scriptedGuest(() => {
    throw new Error("torn");
  });
  const azure = await startSimulatedAzure({ guest });
  await put(azure, "rc", command("x"));
  expect(await view(azure.compute, azure.vm, "rc")).toMatchObject({
    executionState: "Failed",
    exitCode: 1,
    error: "torn",
  });
});

test("keeps the last 4096 bytes of the output", async () => {
  const guest = scriptedGuest(() => ({ stdout: `${"a".repeat(5000)}end` }));
  const azure = await startSimulatedAzure({ guest });
  await put(azure, "rc", command("x"));
  const { output } = await view(azure.compute, azure.vm, "rc");
  expect(output).toBe(`${"a".repeat(4093)}end`);
  expect(azure.sandbox.scriptRuns[0]?.stdout).toHaveLength(5003);
});

test.each([
  [{ keep: "first", bytes: 3 }, "abc"],
  [{ keep: "last", bytes: 2 }, "ef"],
  [{ keep: "last", bytes: 0 }, ""],
])("a world can cut the output: %j", async (cutOutput, output) => {
  const world = worldOf({ runCommand: { seconds: 0, cutOutput } });
  const azure = await startSimulatedAzure({ guest: scriptedGuest(() => ({ stdout: "abcdef" })), world });
  await put(azure, "rc", command("x"));
  expect(await view(azure.compute, azure.vm, "rc")).toMatchObject({ executionState: "Succeeded", output });
});

test("a script that takes too long is timed out", async () => {
  const azure = await startSimulatedAzure({ guest: echo, world: worldOf({ runCommand: { seconds: 2 } }) });
  await put(azure, "rc", command("x", { timeoutInSeconds: 1 }));
  expect(await view(azure.compute, azure.vm, "rc")).toMatchObject({ executionState: "TimedOut", output: "" });
});

test("deleting ends the script, is done once, and frees the name", async () => {
  const clock = createVirtualClock();
  const azure = await startSimulatedAzure({ guest: echo, clock, world: worldOf({ runCommand: { seconds: 30 } }) });
  const { compute, vm } = azure;
  const remove = () => compute.virtualMachineRunCommands.delete(vm.resourceGroup, vm.name, "rc", quickly).submitted();
  await put(azure, "rc", command("x", { asyncExecution: true })).submitted();
  await remove();
  // The agent has not let go of it yet.
  const { provisioningState } = await compute.virtualMachineRunCommands.getByVirtualMachine(
    vm.resourceGroup,
    vm.name,
    "rc",
  );
  expect(provisioningState).toBe("Deleting");
  expect(await codeOf(put(azure, "rc", command("y")).submitted())).toBe("409 Conflict");
  await remove();
  await clock.during(clock.sleep(10_000));
  expect(await codeOf(view(compute, vm, "rc"))).toBe("404 ResourceNotFound");
  await remove();
  await put(azure, "rc", command("x", { asyncExecution: true })).submitted();
  const asked = azure.sandbox.calls.map(({ method, status }) => `${method} ${status}`);
  expect(asked).toEqual([
    "PUT 201",
    "DELETE 202",
    "GET 200",
    "PUT 409",
    "DELETE 202",
    "GET 404",
    "DELETE 204",
    "PUT 201",
  ]);
});

test("a VM has room for 25", async () => {
  const azure = await startSimulatedAzure({ guest: echo, world: worldOf({ runCommand: { seconds: 0 } }) });
  const names = Array.from({ length: 25 }, (_, n) => `rc-${n}`);
  await Promise.all(names.map((name) => put(azure, name, command("x")).submitted()));
  await expect(put(azure, "rc-25", command("x")).submitted()).rejects.toThrow("(max=25, current=25)");
  const listed = [];
  for await (const one of azure.compute.virtualMachineRunCommands.listByVirtualMachine("rg-app", "vm-app-01")) {
    listed.push(one.name);
  }
  expect(listed.sort()).toEqual(names.sort());
  await put(azure, "rc-7", command("x"));
});

test.each([
  [{ stuckRunning: true }, "Running", 1],
  [{ neverStarts: true }, "Pending", 0],
])("a world can leave a script in the air: %j", async (runCommand, executionState, runs) => {
  const clock = createVirtualClock();
  const world = worldOf({ runCommand: { seconds: 60, ...runCommand } });
  const azure = await startSimulatedAzure({ guest: echo, clock, world });
  await put(azure, "rc", command("x", { asyncExecution: true })).submitted();
  await clock.during(clock.sleep(3_600_000));
  const seen = await view(azure.compute, azure.vm, "rc");
  expect(seen).toMatchObject({ executionState, provisioningState: "Creating", output: "" });
  expect(azure.sandbox.scriptRuns).toHaveLength(runs);
});

test("a stopped VM takes none", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", powerState: "deallocated" }] });
  const azure = await startSimulatedAzure({ guest: echo, world });
  expect(await codeOf(put(azure, "rc", command("x")).submitted())).toBe("409 OperationNotAllowed");
  expect(azure.sandbox.scriptRuns).toEqual([]);
});

test("without a ready agent the command is never provisioned", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", agent: "not-ready" }], runCommand: { seconds: 0 } });
  const azure = await startSimulatedAzure({ guest: echo, world });
  await expect(put(azure, "rc", command("x"))).rejects.toThrow("VMAgentStatusCommunicationError");
  expect(azure.sandbox.scriptRuns).toEqual([]);
});

test("a secret parameter is not given back", async () => {
  const azure = await startSimulatedAzure({ guest: echo });
  const path = `${azure.vmPath}/runCommands/rc?api-version=2026-04-01`;
  const properties = { source: { script: "x" }, runAsUser: "u", runAsPassword: "secret" };
  const answer = await azure.ask("PUT", path, { body: { location: "westeurope", properties } });
  expect(answer.status).toBe(201);
  expect(JSON.stringify(answer.body)).toContain('"runAsUser":"u"');
  expect(JSON.stringify(answer.body)).not.toContain("secret");
});
