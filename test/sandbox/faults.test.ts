import { expect, test } from "vitest";
import { scriptedGuest } from "./scripted-guest.ts";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

const version = "?api-version=2026-04-01";
const guest = scriptedGuest(() => ({}));

function withFault(on: string, fault: Record<string, unknown>) {
  return worldOf({ faults: [{ on, ...fault }] });
}

test("a fault comes as often as it says, after as many calls as it says, and to no other action", async () => {
  const world = withFault("Microsoft.Compute/virtualMachines/read", {
    after: 1,
    times: 2,
    answer: { kind: "throttled", retryAfterSeconds: 7 },
  });
  const { sandbox, vmPath, ask } = await startSimulatedAzure({ world });
  const statuses = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await ask("GET", `${vmPath}${version}`)).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect((await ask("GET", `${vmPath}/runCommands${version}`)).status).toBe(200);
  expect(sandbox.calls.map(({ fault }) => fault)).toEqual([null, "throttled", "throttled", null, null]);
});

test("a fault may be for one script of one VM: its path is given in parts", async () => {
  const world = withFault("*/runCommands/write", { path: "VM-app-01/*-apply-2", times: 9, answer: { kind: "busy" } });
  const { vmPath, ask } = await startSimulatedAzure({ world, guest });
  const body = { location: "westeurope", properties: { source: { script: "x" } } };
  const put = async (name: string) => (await ask("PUT", `${vmPath}/runCommands/${name}${version}`, { body })).status;
  expect([await put("rdpfix-1-collect-1"), await put("rdpfix-1-apply-2"), await put("rdpfix-2-apply-2")]).toEqual([
    201, 409, 409,
  ]);
});

test.each([
  [{ kind: "busy" }, 409, "Conflict"],
  [{ kind: "throttled", retryAfterSeconds: 7 }, 429, "OperationNotAllowed"],
  [{ kind: "server-error", status: 500 }, 500, "InternalServerError"],
  [{ kind: "server-error" }, 503, "ServerTimeout"],
])("%j is answered in Azure's words and nothing is done", async (answer, status, code) => {
  const world = withFault("*/runCommands/write", { answer });
  const { sandbox, vmPath, ask } = await startSimulatedAzure({ world, guest });
  const body = { location: "westeurope", properties: { source: { script: "x" } } };
  const refused = await ask("PUT", `${vmPath}/runCommands/rc${version}`, { body });
  expect(refused).toMatchObject({ status, body: { error: { code } } });
  expect(refused.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
  expect((await ask("GET", `${vmPath}/runCommands${version}`)).body).toEqual({ value: [] });
  expect(sandbox.scriptRuns).toEqual([]);
});

test.each([false, true])("a dropped connection; whether the work was done: %s", async (carriedOut) => {
  const world = withFault("*/runCommands/write", { answer: { kind: "dropped", carriedOut } });
  const { sandbox, vmPath, ask } = await startSimulatedAzure({ world, guest });
  const body = { location: "westeurope", properties: { source: { script: "x" } } };
  await expect(ask("PUT", `${vmPath}/runCommands/rc${version}`, { body })).rejects.toThrow("fetch failed");
  expect(sandbox.calls.at(-1)).toMatchObject({ status: null, fault: "dropped" });
  expect((await ask("GET", `${vmPath}/runCommands/rc${version}`)).status).toBe(carriedOut ? 200 : 404);
});

test.each([
  [400, "InvalidParameter"],
  [401, "ExpiredAuthenticationToken"],
  [403, "AuthorizationFailed"],
  [404, "ResourceNotFound"],
])("%i is refused in ARM's words, as often as it says", async (status, code) => {
  const on = "Microsoft.Compute/virtualMachines/read";
  const { vmPath, ask } = await startSimulatedAzure({ world: withFault(on, { answer: { kind: "refused", status } }) });
  expect(await ask("GET", `${vmPath}${version}`)).toMatchObject({ status, body: { error: { code } } });
  expect((await ask("GET", `${vmPath}${version}`)).status).toBe(200);
});

test("a VM may be Updating for a while", async () => {
  const on = "Microsoft.Compute/virtualMachines/read";
  const { vmPath, ask } = await startSimulatedAzure({ world: withFault(on, { answer: { kind: "updating" } }) });
  const states = [];
  for (let n = 0; n < 2; n += 1) {
    const { body } = await ask("GET", `${vmPath}${version}`);
    states.push((body as { properties: { provisioningState: string } }).properties.provisioningState);
  }
  expect(states).toEqual(["Updating", "Succeeded"]);
});

test("latency is added to every answer", async () => {
  const { vmPath, ask, tokenOf } = await startSimulatedAzure({ world: worldOf({ latencyMs: 120 }) });
  const token = await tokenOf("remediator");
  const begun = performance.now();
  await ask("GET", `${vmPath}${version}`, { token });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(115);
});
