import { describe, expect, test } from "vitest";
import { fail, ok } from "../../../lib/core/problem.ts";
import type { VmId } from "../../../lib/core/vm-id.ts";
import { resolveNames } from "../../../lib/runs/intake/resolve-names.ts";

const vm = (resourceGroup: string, name = "vm-app-01"): VmId => ({
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup,
  name,
});

/** A finder that knows these VMs in each of these scopes. */
function finderOf(known: Record<string, VmId[]>) {
  return {
    async named(name: string, scope: string) {
      return ok((known[scope] ?? []).filter((one) => one.name === name));
    },
  };
}

describe("a VM that an alert names without its id", () => {
  test("is the one that has the name, in whichever scope", async () => {
    const finder = finderOf({ a: [vm("app", "vm-other")], b: [vm("app")] });
    expect(await resolveNames(["vm-app-01"], ["a", "b"], finder)).toEqual(ok({ vms: [vm("app")], ignored: [] }));
  });

  test("may be found in two scopes that overlap", async () => {
    const finder = finderOf({ a: [vm("app")], b: [vm("APP")] });
    expect(await resolveNames(["vm-app-01"], ["a", "b"], finder)).toMatchObject({ value: { vms: [{}], ignored: [] } });
  });

  test("is nobody when two have the name, or none has", async () => {
    const finder = finderOf({ a: [vm("app"), vm("data")] });
    expect(await resolveNames(["vm-app-01", "vm-2"], ["a"], finder)).toMatchObject({
      value: {
        vms: [],
        ignored: [
          { vm: "vm-app-01", because: expect.stringContaining("More than one VM") },
          { vm: "vm-2", because: expect.stringContaining("No VM") },
        ],
      },
    });
  });

  test("is nobody where nothing is in scope, or nobody can look", async () => {
    for (const resolved of [
      await resolveNames(["vm-app-01"], [], finderOf({ a: [vm("app")] })),
      await resolveNames(["vm-app-01"], ["a"], undefined),
    ]) {
      expect(resolved).toMatchObject({ value: { vms: [], ignored: [{ vm: "vm-app-01" }] } });
    }
  });

  test("is asked for again later when Azure cannot say now, and given up when it will not", async () => {
    const named = async () => fail("throttled", "Later.", { retryable: true });
    expect(await resolveNames(["x"], ["a"], { named })).toMatchObject({ ok: false, problem: { code: "throttled" } });
    const refused = async () => fail("right-missing", "The right is missing.");
    expect(await resolveNames(["x"], ["a"], { named: refused })).toMatchObject({
      value: { vms: [], ignored: [{ vm: "x", because: "The right is missing." }] },
    });
  });
});
