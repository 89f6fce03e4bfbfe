import { afterEach, expect, test } from "vitest";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

/* What instances of uniform scale sets have and VMs have not, with the real SDKs against a simulated Azure. */

let served: SandboxService;
afterEach(() => served.close());

test("just-in-time access is never requested for an instance, and the run says why", async () => {
  served = await serveWorld(readWorld("scale-set-uniform-jit-rule"), "modelled");
  const sources = ["203.0.113.7"];
  const run = await served.run("repair", { requestAccess: true, sources, maximumRisk: "opens-network" });
  expect(run).toMatchObject({ outcome: { kind: "advised" }, access: null });
  const finding = run.findings.find(({ check }) => check === "nsg-allows-rdp");
  expect(finding?.because).toContain("Azure has it for VMs alone");
  expect(served.sandbox.calls.filter(({ action }) => action?.startsWith("Microsoft.Security/"))).toEqual([]);
});

const corrupt = readWorld("scale-set-uniform-key-corrupt");
const name = "vmss-app/3";
const isPut = ({ method, path }: { method: string; path: string }) =>
  method === "PUT" && path.includes("/runCommands/");

/** A repair that waits for a decision about its plan. */
async function waitingRepair() {
  const run = await served.run("repair", { maximumRisk: "none" });
  if (run.state !== "awaiting-approval") throw new Error(`The run is ${run.state}.`);
  return run;
}

async function approve(run: Awaited<ReturnType<typeof waitingRepair>>) {
  await served.engine.signal(run.id, { kind: "decide", approved: true, by: "an approver", planHash: run.plan.hash });
  return served.engine.settled(run.id);
}

test("a plan that was approved for one instance is not sent to the next one with its number, which has the same fault", async () => {
  served = await serveWorld(corrupt, "modelled");
  const run = await waitingRepair();
  served.sandbox.replace(name);
  const before = served.sandbox.calls.filter(isPut).length;
  const ended = await approve(run);
  expect(ended).toMatchObject({
    receipts: [],
    outcome: { kind: "failed", problem: { code: "vm-replaced", message: expect.stringContaining("another machine") } },
  });
  expect(served.sandbox.calls.filter(isPut)).toHaveLength(before);
});

test("the same instance takes the plan that was approved for it", async () => {
  served = await serveWorld(corrupt, "modelled");
  expect((await approve(await waitingRepair())).outcome?.kind).toBe("repaired");
});

test("an undo sends nothing to another instance that has the number of the repaired one, also when forced", async () => {
  served = await serveWorld(corrupt, "modelled");
  const repaired = await served.run("repair");
  expect(repaired.outcome?.kind).toBe("repaired");
  served.sandbox.replace(name);
  const before = served.sandbox.calls.filter(isPut).length;
  for (const force of [false, true]) {
    const undo = await served.undo(repaired.id, force);
    expect(undo.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-replaced" } });
    expect(undo.outcome?.summary).toContain("Nothing of what was changed is left");
  }
  expect(served.sandbox.calls.filter(isPut)).toHaveLength(before);
});

test("whether it is the same machine is asked again when Azure cannot say, and nothing is sent meanwhile", async () => {
  served = await serveWorld(corrupt, "modelled");
  const run = await waitingRepair();
  served.sandbox.disturb({
    on: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
    answer: { kind: "server-error", status: 503 },
    after: 0,
    times: 2,
  });
  const ended = await approve(run);
  expect(ended.outcome?.kind).toBe("repaired");
  const apply = served.sandbox.calls.filter((call) => isPut(call) && call.path.includes("-apply-"));
  expect(apply).toHaveLength(1);
});

test("a VM that was made again under its name is diagnosed anew; its journal decides about an undo", async () => {
  const world = readWorld("renew-rdp-key");
  const vm = world.vms[0]?.name ?? "";
  served = await serveWorld(world, "modelled");
  const run = await waitingRepair();
  served.sandbox.replace(vm);
  expect((await approve(run)).outcome).toMatchObject({ kind: "failed", problem: { code: "vm-replaced" } });
  const again = await served.run("repair");
  expect(again.outcome?.kind).toBe("repaired");
  served.sandbox.replace(vm);
  expect((await served.undo(again.id)).outcome?.summary).toContain("has no journal of the run");
});
