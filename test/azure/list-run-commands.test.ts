import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { heldRunCommand } from "../fixtures/held-run-command.ts";
import { type Answer, credential, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

const name = "rdpfix-7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f-collect-1";
const path = `GET ${vmPath}/runCommands?$expand=instanceView`;

function listed(routes: Record<string, Answer>) {
  return connectAzure({ credential, httpClient: fakeArm(routes) }).runCommands.list(vm);
}

function runCommand(called: string, instanceView?: object) {
  return { name: called, location: "westeurope", properties: { ...(instanceView ? { instanceView } : {}) } };
}

test("those of all pages are told with their state, their times and whose they are", async () => {
  const nextLink = `https://management.azure.com${vmPath}/runCommands?$expand=instanceView&api-version=2026-04-01&page=2`;
  const deadline = { "rdp-remediation-deadline": "2026-11-21T09:00:00Z" };
  const first = [
    { ...runCommand(name, { executionState: "Running", startTime: "2026-11-21T08:00:00.5+00:00" }), tags: deadline },
    { ...runCommand("install-agent", { executionState: "Failed", startTime: "2026-11-21T08:00:00Z" }), tags: deadline },
    runCommand("RDPFIX-OTHER"),
  ];
  const second = [
    { ...runCommand("rdpfix-a-1"), tags: { "rdp-remediation-deadline": "soon" } },
    runCommand("rdpfix-a-2", { executionState: "Pending" }),
    runCommand("rdpfix-a-3", { executionState: "Succeeded", startTime: "soon" }),
  ];
  const found = await listed({
    [path]: { status: 200, body: { value: first, nextLink } },
    [`${path}&page=2`]: { status: 200, body: { value: second } },
  });
  const foreign = { isOurs: false };
  expect(found).toEqual({
    ok: true,
    value: [
      heldRunCommand(name, {
        state: "Running",
        startedAt: "2026-11-21T08:00:00.500Z",
        deadline: "2026-11-21T09:00:00.000Z",
      }),
      heldRunCommand("install-agent", {
        ...foreign,
        state: "Failed",
        hasEnded: true,
        startedAt: "2026-11-21T08:00:00.000Z",
      }),
      heldRunCommand("RDPFIX-OTHER", foreign),
      heldRunCommand("rdpfix-a-1"),
      heldRunCommand("rdpfix-a-2", { state: "Pending" }),
      heldRunCommand("rdpfix-a-3", { state: "Succeeded", hasEnded: true }),
    ],
  });
});

test.each([
  [refusal(404, "ResourceNotFound", "The VM was not found."), { code: "vm-not-found" }],
  [refusal(429, "TooManyRequests", "Slow down.", { "retry-after": "7" }), { code: "throttled", retryAfterMs: 7000 }],
  [refusal(403, "AuthorizationFailed", "No."), { code: "right-missing", retryable: false }],
])("an answer %j is a problem after one call", async (answer, problem) => {
  expect(await listed({ [path]: answer })).toMatchObject({ ok: false, problem });
});

test("what was started and not discarded is left over, until it is discarded", async () => {
  const started = await sandboxWith();
  const { sandbox, vm: target } = started;
  const { channel, runCommands } = connectAzure({ endpoint: sandbox.endpoint, credential: remediatorOf(started) });
  expect(await runCommands.list(target)).toEqual({ ok: true, value: [] });
  const command = {
    name,
    script: "'hello'",
    timeoutSeconds: 60,
    deadline: "2026-11-21T09:00:00.000Z",
    location: "westeurope",
  };
  expect(await channel.start(target, command)).toMatchObject({ ok: true });
  await expect
    .poll(() => runCommands.list(target))
    .toEqual({
      ok: true,
      value: [expect.objectContaining({ name, isOurs: true, hasEnded: true, deadline: command.deadline })],
    });
  expect(await channel.discard(target, name)).toMatchObject({ ok: true });
  // The agent lets go of it a little later.
  await expect.poll(() => runCommands.list(target)).toEqual({ ok: true, value: [] });
});
