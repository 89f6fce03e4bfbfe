import { isRestError } from "@azure/core-rest-pipeline";
import { expect, test } from "vitest";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { scriptedGuest } from "./scripted-guest.ts";
import { quickly, type SimulatedAzure, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const echo = scriptedGuest((script) => ({ stdout: `${script}!`, stderr: "careful", exitCode: 1 }));

function run({ compute, vm }: SimulatedAzure, script: string[]) {
  const input = { commandId: "RunPowerShellScript", script };
  return compute.virtualMachines.runCommand(vm.resourceGroup, vm.name, input, quickly);
}

test("gives standard output and error of its lines, and calls it succeeded whatever the exit code", async () => {
  const azure = await startSimulatedAzure({ guest: echo });
  expect(await run(azure, ["one", "two"])).toMatchObject({
    value: [
      { code: "ComponentStatus/StdOut/succeeded", level: "Info", message: "one\ntwo!" },
      { code: "ComponentStatus/StdErr/succeeded", level: "Info", message: "careful" },
    ],
  });
  expect(azure.sandbox.scriptRuns).toMatchObject([{ name: null, script: "one\ntwo" }]);
});

test("one at a time: a second one is told to wait", async () => {
  const clock = createVirtualClock();
  const azure = await startSimulatedAzure({ guest: echo, clock, world: worldOf({ runCommand: { seconds: 60 } }) });
  const first = run(azure, ["one"]);
  await first.submitted();
  const second = await run(azure, ["two"])
    .submitted()
    .catch((error) => error);
  expect(isRestError(second) && [second.statusCode, second.code]).toEqual([409, "Conflict"]);
  expect(second.message).toMatch(/^Run command extension execution is in progress/);
  // The SDK obeys Retry-After in real time: it asks only when the script has ended.
  await clock.during(clock.sleep(90_000));
  await first;
  const third = run(azure, ["three"]);
  await third.submitted();
  await clock.during(clock.sleep(90_000));
  await third;
  expect(azure.sandbox.scriptRuns.map(({ script }) => script)).toEqual(["one", "three"]);
});

test("tells how it stands at a long address, and its result at another", async () => {
  const clock = createVirtualClock();
  const world = worldOf({ runCommand: { seconds: 60 } });
  const { sandbox, vmPath, ask } = await startSimulatedAzure({ guest: echo, clock, world });
  const body = { commandId: "RunPowerShellScript", script: ["x"] };
  const begun = await ask("POST", `${vmPath}/runCommand?api-version=2026-04-01`, { body });
  expect(begun).toMatchObject({ status: 202, body: {} });
  const status = begun.headers.get("azure-asyncoperation") ?? "";
  const result = begun.headers.get("location") ?? "";
  expect(status.length).toBeGreaterThan(1500);
  const at = (address: string) => address.slice(sandbox.endpoint.length);
  expect(await ask("GET", at(status))).toMatchObject({ status: 200, body: { status: "InProgress" } });
  expect(await ask("GET", at(result))).toMatchObject({ status: 202 });
  await clock.during(clock.sleep(90_000));
  expect(await ask("GET", at(status))).toMatchObject({
    status: 200,
    body: { status: "Succeeded", endTime: expect.any(String), properties: { output: { value: expect.any(Array) } } },
  });
  expect(await ask("GET", at(result))).toMatchObject({ status: 200, body: { value: [{ message: "x!" }, {}] } });
});

test("with a dead agent it fails, with the code in the operation's status", async () => {
  const world = worldOf({ vms: [{ name: "vm-app-01", agent: "not-ready" }] });
  const azure = await startSimulatedAzure({ guest: echo, world });
  await expect(run(azure, ["x"])).rejects.toThrow("VMAgentStatusCommunicationError");
});

test("an unknown built-in command does not exist here", async () => {
  const { vmPath, ask } = await startSimulatedAzure({ guest: echo });
  const body = { commandId: "MakeCoffee" };
  expect(await ask("POST", `${vmPath}/runCommand?api-version=2026-04-01`, { body })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining("The entity was not found in this Azure location") } },
  });
});
