import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createLayout } from "../../cli/render/layout.ts";
import type { Request } from "../../cli/request.ts";
import { readVm } from "../../cli/target.ts";

const folder = mkdtempSync(join(tmpdir(), "azure-profile-"));
const subscription = "00000000-0000-4000-8000-000000000001";
const other = "00000000-0000-4000-8000-000000000002";
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command line names, and what was said about it. */
function named(options: Partial<Request["options"]>, profile: string | null, operand?: string) {
  const file = join(folder, "azureProfile.json");
  rmSync(file, { force: true });
  if (profile !== null) writeFileSync(file, profile);
  const told: string[] = [];
  const layout = createLayout({ columns: 80, colour: false });
  const output = { layout, live: false, write: (text: string) => void told.push(text) };
  const terminal = { environment: { AZURE_CONFIG_DIR: folder }, err: output } as unknown as Request["terminal"];
  return {
    vm: readVm({ operand, options: options as Request["options"], terminal, profile: {} }),
    said: told.join(""),
  };
}

const profile = JSON.stringify({
  installationId: "x",
  subscriptions: [
    { id: other, name: "other", isDefault: false },
    { id: subscription, name: "chosen", isDefault: true },
  ],
});
const byName = { "resource-group": "rg-app", name: "vm-app-01" };

test("without --subscription it is the default of the Azure CLI, which is said", () => {
  // The Azure CLI writes this file with a byte order mark.
  const { vm, said } = named(byName, `\ufeff${profile}`);
  expect(vm).toEqual({ ok: true, value: { subscriptionId: subscription, resourceGroup: "rg-app", name: "vm-app-01" } });
  expect(said).toBe(`Subscription ${subscription}, the default of the Azure CLI.\n`);
});

test("a subscription that was given is taken, and nothing is said", () => {
  const { vm, said } = named({ ...byName, subscription: other }, profile);
  expect(vm).toMatchObject({ ok: true, value: { subscriptionId: other } });
  expect(said).toBe("");
});

test.each([
  ["the Azure CLI was never signed in here", null],
  ["its file is damaged", "{"],
  ["no subscription is the default", JSON.stringify({ subscriptions: [] })],
])("%s: it is asked for", (_, text) => {
  expect(named(byName, text).vm).toMatchObject({
    ok: false,
    problem: { message: expect.stringContaining("az account set") },
  });
});

test("a sandbox never takes a subscription of the real Azure", () => {
  expect(named({ ...byName, sandbox: "healthy" }, profile).vm).toMatchObject({ ok: false });
});

test("a resource id names a VM, or an Arc-enabled server", () => {
  const before = `/subscriptions/${subscription}/resourceGroups/rg-app/providers`;
  const names = { subscriptionId: subscription, resourceGroup: "rg-app", name: "a" };
  const vm = named({}, null, `${before}/Microsoft.Compute/virtualMachines/a`).vm;
  expect(vm).toEqual({ ok: true, value: names });
  const server = named({}, null, `${before}/Microsoft.HybridCompute/machines/a`).vm;
  expect(server).toEqual({ ok: true, value: { ...names, kind: "arc-machine" } });
});

test("an instance of a uniform scale set has its number after the name of its set", () => {
  const before = `/subscriptions/${subscription}/resourceGroups/rg-app/providers`;
  const instance = {
    subscriptionId: subscription,
    resourceGroup: "rg-app",
    name: "vmss/3",
    kind: "scale-set-instance",
  };
  const given = { "resource-group": "rg-app", subscription };
  expect(named({ ...given, name: "vmss/3" }, null).vm).toEqual({ ok: true, value: instance });
  const id = `${before}/Microsoft.Compute/virtualMachineScaleSets/vmss/virtualMachines/3`;
  expect(named({}, null, id).vm).toEqual({ ok: true, value: instance });
  expect(named({ ...given, name: "vmss/vmss_3" }, null).vm).toMatchObject({
    problem: { message: expect.stringContaining("SET/NUMBER") },
  });
});
