import { setDefaultCACertificates } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { sandboxSubscription, World } from "../../sandbox/world.ts";
import { signInTo } from "../fixtures/sandbox-service.ts";

const subscription = `/subscriptions/${sandboxSubscription}`;

async function inventoryOf(world: Record<string, unknown>) {
  const parsed = World.parse({ name: "inventory", description: "For the inventory of a fleet.", ...world });
  const sandbox = await startSandbox({ world: parsed, guest: "modelled" });
  onTestFinished(() => sandbox.close());
  setDefaultCACertificates([sandbox.caPem]);
  const azure = connectAzure({ endpoint: sandbox.endpoint, credential: signInTo(sandbox, "remediator") });
  return { sandbox, inventory: azure.inventory };
}

const few = {
  vms: [
    { name: "vm-a", tags: { Environment: "test" } },
    { name: "vm-b", resourceGroup: "rg-other", location: "northeurope", tags: { environment: "Test" } },
    { name: "vm-linux", osType: "Linux", tags: { environment: "test" } },
  ],
};

async function names(found: Awaited<ReturnType<Awaited<ReturnType<typeof inventoryOf>>["inventory"]["find"]>>) {
  if (!found.ok) throw new Error(found.problem.message);
  return found.value.map(({ vm }) => vm.name);
}

describe("the inventory of a fleet", () => {
  test("finds the Windows VMs of a subscription or group, by tag as Azure compares tags, with region and tags", async () => {
    const { inventory } = await inventoryOf(few);
    expect(await inventory.find({ kind: "scope", scope: subscription })).toMatchObject({
      ok: true,
      value: [
        { vm: { name: "vm-a" }, location: "westeurope", tags: { Environment: "test" } },
        { vm: { name: "vm-b" }, location: "northeurope" },
      ],
    });
    const group = `${subscription}/resourceGroups/RG-OTHER`;
    expect(await names(await inventory.find({ kind: "scope", scope: group }))).toEqual(["vm-b"]);
    const tag = { name: "environment", value: "test" };
    expect(await names(await inventory.find({ kind: "scope", scope: subscription, tag }))).toEqual(["vm-a"]);
    const climbing = ["..", ".", "%2e%2e", "rg%2f..", "..\\x"].map((one) => `${subscription}/resourceGroups/${one}`);
    for (const wrong of ["nonsense", "https://elsewhere.example/subscriptions", `${group}/providers/x`, ...climbing]) {
      expect(await inventory.find({ kind: "scope", scope: wrong })).toMatchObject({
        problem: { code: "invalid-input" },
      });
    }
  });

  test("reads 2,500 VMs in three pages and one of the other table, and a list of 600 in three queries", async () => {
    const vms = Array.from({ length: 2500 }, (_, number) => ({
      name: `vm-${String(number).padStart(4, "0")}`,
    }));
    const { sandbox, inventory } = await inventoryOf({ vms });
    const all = await names(await inventory.find({ kind: "scope", scope: subscription }));
    expect(all).toEqual(vms.map(({ name }) => name));
    expect(sandbox.calls).toHaveLength(4);
    const list = sandbox.vms.slice(0, 600).map(({ id }) => {
      const vm = parseVmId(id.toUpperCase().replace(/\/SUBSCRIPTIONS\//, "/subscriptions/"));
      if (!vm.ok) throw new Error(vm.problem.message);
      return vm.value;
    });
    expect(await names(await inventory.find({ kind: "list", vms: list }))).toHaveLength(600);
    expect(sandbox.calls).toHaveLength(7);
    expect(new Set(sandbox.calls.map(({ action }) => action))).toEqual(
      new Set(["Microsoft.ResourceGraph/resources/read"]),
    );
  });

  test("takes the VMs that a query returns, and says what Resource Graph has against one", async () => {
    const { inventory } = await inventoryOf(few);
    const find = (query: string) => inventory.find({ kind: "query", query, subscriptions: [] });
    expect(await names(await find("Resources | where tags['environment'] =~ 'test' // note"))).toEqual([
      "vm-linux",
      "vm-b",
    ]);
    const wrong = await find("resources | where (name == 'x'");
    expect(wrong).toMatchObject({ ok: false, problem: { code: "invalid-input" } });
    expect(!wrong.ok && wrong.problem.message).toContain("ParserFailure");
    const strange = await find("resources | summarize count() by location");
    expect(!strange.ok && strange.problem.message).toContain("does not understand the operator 'summarize'");
  });

  test("shows what the identity may read, and asks again later where the quota is used up", async () => {
    const scope = `${subscription}/resourceGroups/rg-other`;
    const limited = await inventoryOf({ ...few, assignments: [{ role: "remediator", scope }] });
    expect(await names(await limited.inventory.find({ kind: "scope", scope: subscription }))).toEqual(["vm-b"]);
    const { inventory } = await inventoryOf({ ...few, throttling: true });
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => inventory.find({ kind: "scope", scope: subscription })),
    );
    const refused = asked.filter(({ ok }) => !ok);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ problem: { code: "throttled", retryable: true } });
  });
});
