import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { sandboxSubscription } from "../../sandbox/world.ts";
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
  expect(await finder.find(role, "https://elsewhere.example/subscriptions")).toMatchObject({ ok: false });
});
