import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { type Answer, credential, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

const name = "rdpfix-7c1f7a3e-3b0a-4d6c-9e4f-0d9a2b1c5e6f-collect-1";
const path = `GET ${vmPath}/runCommands?$expand=instanceView`;

function leftovers(routes: Record<string, Answer>) {
  return connectAzure({ credential, httpClient: fakeArm(routes) }).runCommands.leftovers(vm);
}

function runCommand(called: string, instanceView?: object) {
  return { name: called, location: "westeurope", properties: { ...(instanceView ? { instanceView } : {}) } };
}

test("of all pages, those of ours are told with the time at which they began", async () => {
  const nextLink = `https://management.azure.com${vmPath}/runCommands?$expand=instanceView&api-version=2026-04-01&page=2`;
  const first = [
    runCommand(name, { executionState: "Running", startTime: "2026-11-21T08:00:00.5+00:00" }),
    runCommand("install-agent", { startTime: "2026-11-21T08:00:00Z" }),
    runCommand("RDPFIX-OTHER"),
  ];
  const second = [
    runCommand("rdpfix-a-1"),
    runCommand("rdpfix-a-2", { executionState: "Pending" }),
    runCommand("rdpfix-a-3", { startTime: "soon" }),
  ];
  const found = await leftovers({
    [path]: { status: 200, body: { value: first, nextLink } },
    [`${path}&page=2`]: { status: 200, body: { value: second } },
  });
  expect(found).toEqual({
    ok: true,
    value: [
      { name, startedAt: "2026-11-21T08:00:00.500Z" },
      { name: "rdpfix-a-1", startedAt: null },
      { name: "rdpfix-a-2", startedAt: null },
      { name: "rdpfix-a-3", startedAt: null },
    ],
  });
});

test.each([
  [refusal(404, "ResourceNotFound", "The VM was not found."), { code: "vm-not-found" }],
  [refusal(429, "TooManyRequests", "Slow down.", { "retry-after": "7" }), { code: "throttled", retryAfterMs: 7000 }],
  [refusal(403, "AuthorizationFailed", "No."), { code: "right-missing", retryable: false }],
])("an answer %j is a problem after one call", async (answer, problem) => {
  expect(await leftovers({ [path]: answer })).toMatchObject({ ok: false, problem });
});

test("what was started and not discarded is left over, until it is discarded", async () => {
  const started = await sandboxWith();
  const { sandbox, vm: target } = started;
  const { channel, runCommands } = connectAzure({ endpoint: sandbox.endpoint, credential: remediatorOf(started) });
  expect(await runCommands.leftovers(target)).toEqual({ ok: true, value: [] });
  const command = { name, script: "'hello'", timeoutSeconds: 60, location: "westeurope" };
  expect(await channel.start(target, command)).toMatchObject({ ok: true });
  await expect
    .poll(() => runCommands.leftovers(target))
    .toEqual({
      ok: true,
      value: [{ name, startedAt: expect.stringMatching(/Z$/) }],
    });
  expect(await channel.discard(target, name)).toMatchObject({ ok: true });
  // The agent lets go of it a little later.
  await expect.poll(() => runCommands.leftovers(target)).toEqual({ ok: true, value: [] });
});
