import { expect, test } from "vitest";
import { remediatorRights } from "../../sandbox/azure/rights.ts";
import { type ArmCall, callsOfScenarios, type FaultCase, tryCase } from "./faults/case.ts";
import { faultKinds } from "./faults/kinds.ts";
import { nameOfCall } from "./faults/table.ts";
import { engineNames } from "./rig.ts";

/*
 * The short form of `npm run faults`: each call meets one kind of fault, and each kind meets a call, on both engines in
 * turn.
 */

let calls: Promise<ArmCall[]> | undefined;
function allCalls(): Promise<ArmCall[]> {
  calls ??= callsOfScenarios();
  return calls;
}

test("the campaign disturbs every call that the service's roles allow", async () => {
  const disturbed = new Set((await allCalls()).map(({ action }) => action));
  const rights = remediatorRights([], ["jit-requester"]);
  for (const action of disturbed) rights.use(action, "/");
  // No run asks Resource Graph, which finds the VMs of an operation.
  expect(rights.unusedActions()).toEqual(["Microsoft.ResourceGraph/resources/read"]);
});

test("no run is lost, doubled or untrue when a call of Azure goes wrong", async () => {
  const quick = faultKinds.filter(({ isSlow }) => !isSlow);
  const cases = (await allCalls()).map((call, index): FaultCase => {
    const kind = quick[(index * 5) % quick.length];
    if (!kind) throw new Error("There is always a kind.");
    return { engine: engineNames[index % 2] ?? "local", call, kind, often: "once" };
  });
  expect(new Set(cases.map(({ kind }) => kind.name)).size).toBe(quick.length);
  const queue = cases.values();
  const found: object[] = [];
  async function work(): Promise<void> {
    for (const one of queue) {
      const { violations } = await tryCase(one);
      const name = `${one.engine}: ${nameOfCall(one.call)}, ${one.kind.name}`;
      if (violations.length > 0) found.push({ name, violations });
    }
  }
  await Promise.all(Array.from({ length: 6 }, work));
  expect(found).toEqual([]);
});
