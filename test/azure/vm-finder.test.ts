import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
import { type Answer, credential, fakeArm, refusal, vm, vmPath } from "./fake-arm.ts";
import { remediatorOf, sandboxWith } from "./sandbox.ts";

const subscription = `/subscriptions/${sandboxSubscription}`;

test("finds VMs by tag in a subscription or in a group, and says what a scope is", async () => {
  const started = await sandboxWith({ tags: { Role: "jump-box" } });
  const { finder } = connectAzure({ endpoint: started.sandbox.endpoint, credential: remediatorOf(started) });
  const role = { name: "role", value: "jump-box" };
  for (const scope of [subscription, `${subscription}/resourceGroups/rg-app`]) {
    expect(await finder.find(role, scope)).toEqual({ ok: true, value: [started.vm] });
  }
  expect(await finder.find({ ...role, value: "Jump-Box" }, subscription)).toEqual({ ok: true, value: [] });
  expect(await finder.find(role, `${subscription}/resourceGroups/rg-app/providers/x`)).toMatchObject({
    ok: false,
    problem: { code: "invalid-input" },
  });
  for (const climbing of ["..", ".", "%2e%2e", "rg%2f..", "..\\x"]) {
    expect(await finder.find(role, `${subscription}/resourceGroups/${climbing}`)).toMatchObject({ ok: false });
  }
  expect(await finder.find(role, "https://elsewhere.example/subscriptions")).toMatchObject({ ok: false });
});

test("a VM has tags or does not exist; one that may not be read has none, and Azure that cannot say now is asked again", async () => {
  const started = await sandboxWith({ tags: { team: "a" } });
  const { finder } = connectAzure({ endpoint: started.sandbox.endpoint, credential: remediatorOf(started) });
  expect(await finder.tagsOf(started.vm)).toEqual({ ok: true, value: { team: "a" } });
  expect(await finder.tagsOf({ ...started.vm, name: "vm-gone" })).toEqual({ ok: true, value: null });
  expect(await finder.tagsOf({ ...started.vm, resourceGroup: "rg-gone" })).toEqual({ ok: true, value: null });
  const answering = (answer: Answer) =>
    connectAzure({ credential, httpClient: fakeArm({ [`GET ${vmPath}`]: answer }) }).finder.tagsOf(vm);
  expect(await answering(refusal(403, "AuthorizationFailed", "No."))).toEqual({ ok: true, value: {} });
  expect(await answering(refusal(503, "ServerBusy", "Later."))).toMatchObject({
    ok: false,
    problem: { retryable: true },
  });
});

test("a list that may not be read is told with Azure's own sentence, which names the missing right", async () => {
  const action = "Microsoft.Compute/virtualMachines/read";
  const told = `The client 'c' with object id 'o' does not have authorization to perform action '${action}' over scope '${subscription}' or the scope is invalid.`;
  const arm = fakeArm({
    [`GET ${subscription}/providers/Microsoft.Compute/virtualMachines`]: refusal(403, "AuthorizationFailed", told),
  });
  const { finder } = connectAzure({ credential, httpClient: arm });
  expect(await finder.find({ name: "role", value: "x" }, subscription)).toMatchObject({
    ok: false,
    problem: {
      code: "right-missing",
      message: expect.stringContaining(`lacks the right ${action} on ${subscription}`),
    },
  });
});
