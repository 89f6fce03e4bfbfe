import { RestError } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { type Answer, credential, type FakeArm, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";

const name = "rdpfix-7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f-collect-1";
const path = `${vmPath}/runCommands/${name}`;
const command = {
  name,
  script: "'hello'",
  timeoutSeconds: 120,
  deadline: "2026-11-21T09:00:00.000Z",
  location: "westeurope",
};
const operation =
  "https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/westeurope/operations/1";

function connect(arm: FakeArm) {
  return connectAzure({ credential, httpClient: arm });
}

function body(arm: FakeArm): unknown {
  return JSON.parse(String(arm.calls[0]?.body));
}

test.each([
  [201, "Creating", { "azure-asyncoperation": `${operation}?api-version=2026-04-01`, "retry-after": "10" }],
  [200, "Succeeded", {}],
  [200, "Failed", {}],
])("a start that is answered with %i %s has started, with one call", async (status, provisioningState, headers) => {
  const arm = fakeArm({ [`PUT ${path}`]: { status, headers, body: { name, properties: { provisioningState } } } });
  expect(await connect(arm).channel.start(vm, command)).toEqual({ ok: true, value: "started" });
  expect(body(arm)).toEqual({
    location: "westeurope",
    tags: { "rdp-remediation-deadline": command.deadline },
    properties: {
      source: { script: "'hello'" },
      timeoutInSeconds: 120,
      asyncExecution: true,
      treatFailureAsDeploymentFailure: false,
    },
  });
});

async function statusOf(answer: Answer) {
  return connect(fakeArm({ [`GET ${path}?$expand=instanceView`]: answer })).channel.status(vm, name);
}

function runCommand(properties: object): Answer {
  return { status: 200, body: { name, location: "westeurope", properties } };
}

const running = { kind: "running" };

test.each([
  ["Pending", { provisioningState: "Creating", instanceView: { executionState: "Pending" } }, running],
  [
    "Running",
    { provisioningState: "Succeeded", instanceView: { executionState: "Running", output: "so far" } },
    running,
  ],
  ["Unknown", { provisioningState: "Creating", instanceView: { executionState: "Unknown" } }, running],
  ["no instance view", { provisioningState: "Creating" }, running],
  [
    "Running though provisioning failed",
    { provisioningState: "Failed", instanceView: { executionState: "Running" } },
    running,
  ],
  [
    "Succeeded",
    {
      provisioningState: "Succeeded",
      instanceView: { executionState: "Succeeded", exitCode: 0, output: "done", error: "" },
    },
    { kind: "finished", output: "done", failure: null },
  ],
  [
    "Failed",
    {
      instanceView: {
        executionState: "Failed",
        exitCode: 1,
        executionMessage: "It failed.",
        output: "part",
        error: "At line 1\r\n  boom",
      },
    },
    { kind: "finished", output: "part", failure: "Failed with exit code 1: It failed. At line 1 boom" },
  ],
  ["TimedOut", { instanceView: { executionState: "TimedOut" } }, { kind: "finished", output: "", failure: "TimedOut" }],
  ["Canceled", { instanceView: { executionState: "Canceled" } }, { kind: "finished", output: "", failure: "Canceled" }],
  [
    "failed provisioning",
    { provisioningState: "Failed" },
    { kind: "finished", output: "", failure: "Azure could not run it", wasNotRun: true },
  ],
  [
    "failed provisioning that left a reason",
    { provisioningState: "Failed", instanceView: { executionState: "Unknown", executionMessage: "No agent." } },
    { kind: "finished", output: "", failure: "Azure could not run it: No agent.", wasNotRun: true },
  ],
])("%s", async (_, properties, status) => {
  expect(await statusOf(runCommand(properties))).toEqual({ ok: true, value: status });
});

test.each<[string, Record<string, string>, object]>([
  ["asks to wait", { "retry-after": "10" }, { kind: "running", retryAfterMs: 10_000 }],
  ["asks for nothing", {}, { kind: "running" }],
])("a poll of a running script that %s", async (_, headers, status) => {
  const answer = runCommand({ instanceView: { executionState: "Running" } });
  expect(await statusOf({ ...answer, headers })).toEqual({ ok: true, value: status });
});

test("a Run Command that is not there is absent", async () => {
  const answer = refusal(404, "ResourceNotFound", "The Resource was not found.");
  expect(await statusOf(answer)).toEqual({ ok: true, value: { kind: "absent" } });
});

test.each(["ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"])(
  "%s says that the VM is gone, not merely the Run Command",
  async (code) => {
    expect(await statusOf(refusal(404, code, "Gone."))).toMatchObject({ ok: false, problem: { code: "vm-not-found" } });
  },
);

test.each<Answer>([
  { status: 202, headers: { location: `${operation}?monitor=true` } },
  { status: 200 },
  { status: 204 },
  refusal(404, "ResourceNotFound", "The Resource was not found."),
  refusal(404, "ResourceGroupNotFound", "Resource group was not found."),
])("a deletion that is answered with %j is one", async (answer) => {
  const arm = fakeArm({ [`DELETE ${path}`]: answer });
  expect(await connect(arm).channel.discard(vm, name)).toEqual({ ok: true, value: "discarded" });
});

test("a restart is accepted as soon as ARM says so", async () => {
  const headers = { location: `${operation}?monitor=true`, "azure-asyncoperation": operation, "retry-after": "15" };
  const arm = fakeArm({ [`POST ${vmPath}/restart`]: { status: 202, headers } });
  expect(await connect(arm).power.restart(vm)).toEqual({ ok: true, value: "accepted" });
});

const calls = {
  start: (arm: FakeArm) => connect(arm).channel.start(vm, command),
  status: (arm: FakeArm) => connect(arm).channel.status(vm, name),
  discard: (arm: FakeArm) => connect(arm).channel.discard(vm, name),
  restart: (arm: FakeArm) => connect(arm).power.restart(vm),
};
const routeOf = {
  start: `PUT ${path}`,
  status: `GET ${path}?$expand=instanceView`,
  discard: `DELETE ${path}`,
  restart: `POST ${vmPath}/restart`,
};
const faults: [Answer, object][] = [
  [refusal(429, "TooManyRequests", "Slow down.", { "retry-after": "7" }), { code: "throttled", retryAfterMs: 7000 }],
  [refusal(503, "ServerTimeout", "Later.", { "retry-after": "1" }), { code: "azure-unavailable", retryAfterMs: 1000 }],
  [refusal(500, "InternalServerError", "Oh."), { code: "azure-unavailable", retryable: true }],
  [refusal(409, "Conflict", "Conflict with a concurrent request."), { code: "vm-busy", retryable: true }],
  [refusal(403, "AuthorizationFailed", "No."), { code: "right-missing", retryable: false }],
  [{ status: 307, headers: { location: "https://elsewhere.example/" } }, { code: "azure-refused" }],
  [
    { status: 200, body: "{ cut" },
    { code: "azure-unavailable", retryable: true },
  ],
  [new RestError("socket hang up", { code: "ECONNRESET" }), { code: "azure-unavailable", retryable: true }],
];

test.each(
  (["start", "status", "discard", "restart"] as const).flatMap((call) =>
    faults.map((fault) => [call, ...fault] as const),
  ),
)("%s, answered %j, is a problem after one call", async (call, answer, problem) => {
  const arm = fakeArm({ [routeOf[call]]: answer });
  expect(await calls[call](arm)).toMatchObject({ ok: false, problem });
  expect(arm.calls.length).toBe(1);
});

test.each(["other-1", "rdpfix-", "rdpfix-a/../b", "RDPFIX-A", `rdpfix-${"a".repeat(74)}`])(
  "the Run Command %s is not ours and is left alone",
  async (foreign) => {
    const { channel } = connect(fakeArm({}));
    await expect(channel.start(vm, { ...command, name: foreign })).rejects.toThrow(TypeError);
    await expect(channel.status(vm, foreign)).rejects.toThrow(TypeError);
    await expect(channel.discard(vm, foreign)).rejects.toThrow(TypeError);
  },
);

describe("a script that Azure refuses for its size", () => {
  const put = `PUT ${vmPath}/runCommands/rdpfix-1-collect-1`;
  const whole = {
    name: "rdpfix-1-collect-1",
    script: "whole",
    timeoutSeconds: 60,
    deadline: "2026-11-21T09:00:00.000Z",
    location: "westeurope",
  };
  const command = { ...whole, compressed: () => "compressed" };
  const accepted = { status: 201, body: { id: `${vmPath}/runCommands/rdpfix-1-collect-1` } };
  const sent = (arm: FakeArm) => arm.calls.map(({ body }) => JSON.parse(String(body)).properties.source.script);

  test.each([
    [413, "RequestContentTooLarge", "The request content size exceeds the maximum size."],
    [413, "", ""],
    [400, "InvalidParameter", "The length of the script exceeds the maximum length of 65536 characters."],
    [400, "ExtensionSettingsTooLarge", "No."],
  ])("%i %s is sent again compressed, and so are the next ones", async (status, code, message) => {
    const arm = fakeArm({ [put]: [refusal(status, code, message), accepted, accepted] });
    const { channel } = connectAzure({ credential, httpClient: arm });
    expect(await channel.start(vm, command)).toEqual({ ok: true, value: "started" });
    expect(await channel.start(vm, command)).toEqual({ ok: true, value: "started" });
    expect(sent(arm)).toEqual(["whole", "compressed", "compressed"]);
  });

  test("is told when it is refused compressed, too", async () => {
    const tooLarge = refusal(413, "RequestContentTooLarge", "The request content size exceeds the maximum size.");
    const arm = fakeArm({ [put]: [tooLarge, tooLarge] });
    expect(await connectAzure({ credential, httpClient: arm }).channel.start(vm, command)).toMatchObject({
      ok: false,
      problem: { code: "azure-refused", message: expect.stringContaining("exceeds the maximum size") },
    });
  });

  test.each([
    [400, "InvalidParameter", "The value of timeoutInSeconds is invalid."],
    [409, "Conflict", "The maximum number of managed Run commands (max=25, current=25) has been exceeded."],
    [400, "BadRequest", "The maximum number of managed Run commands (max=25, current=25) has been exceeded."],
  ])("%i %s: %s is no such refusal", async (status, code, message) => {
    const arm = fakeArm({ [put]: refusal(status, code, message) });
    expect((await connectAzure({ credential, httpClient: arm }).channel.start(vm, command)).ok).toBe(false);
    expect(sent(arm)).toEqual(["whole"]);
  });

  test("is compressed from the start where the setting says so", async () => {
    const arm = fakeArm({ [put]: accepted });
    await connectAzure({ credential, httpClient: arm, scripts: "compressed" }).channel.start(vm, command);
    expect(sent(arm)).toEqual(["compressed"]);
  });
});
