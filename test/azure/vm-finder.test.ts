import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
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
  for (const climbing of ["..", ".", "%2e%2e", "rg%2f..", "..\\x"]) {
    expect(await finder.find(role, `${subscription}/resourceGroups/${climbing}`)).toMatchObject({ ok: false });
  }
  expect(await finder.find(role, "https://elsewhere.example/subscriptions")).toMatchObject({ ok: false });
});

test("finds VMs by their own name and by the name of their computer, whatever the case, and also where one VM is the scope", async () => {
  const started = await sandboxWith({});
  const { finder } = connectAzure({ endpoint: started.sandbox.endpoint, credential: remediatorOf(started) });
  const { name } = started.vm;
  const itself = formatVmId(started.vm);
  for (const scope of [subscription, `${subscription}/resourceGroups/rg-app`, itself]) {
    for (const asked of [name, name.toUpperCase(), `${name}.corp.example`]) {
      expect(await finder.named(asked, scope)).toEqual({ ok: true, value: [started.vm] });
    }
    for (const asked of [name.slice(0, -1), `${name}0`, `corp.${name}`, ""]) {
      expect(await finder.named(asked, scope)).toEqual({ ok: true, value: [] });
    }
  }
  expect(await finder.named(name, `${itself}/extensions/x`)).toMatchObject({ ok: false });
});
