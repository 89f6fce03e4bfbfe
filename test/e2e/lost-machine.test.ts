import { afterEach, describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

/*
 * A VM is moved to another resource group, or an instance is reimaged, in the middle of a run. Nothing is lost, and the run
 * says where the machine may be and what to do about its changes.
 */

let served: SandboxService;
afterEach(() => served.close());

const isPut = ({ method, path }: { method: string; path: string }) =>
  method === "PUT" && path.includes("/runCommands/");
const putsOf = ({ sandbox }: SandboxService) => sandbox.calls.filter(isPut).length;

async function waitingRepair(): Promise<Run & { state: "awaiting-approval" }> {
  const run = await served.run("repair", { maximumRisk: "none" });
  if (run.state !== "awaiting-approval") throw new Error(`The run is ${run.state}.`);
  return run;
}

async function approve(run: Awaited<ReturnType<typeof waitingRepair>>): Promise<Run> {
  await served.engine.signal(run.id, { kind: "decide", approved: true, by: "an approver", planHash: run.plan.hash });
  return served.engine.settled(run.id);
}

function summaryOf({ outcome }: Run): string {
  return outcome?.summary ?? "";
}

describe("a VM that is moved to another resource group", () => {
  test("while its plan waits gets no script, and the run says how to find it and that nothing was done", async () => {
    served = await serveWorld(readWorld("renew-rdp-key"), "modelled");
    const run = await waitingRepair();
    served.sandbox.move("vm-app-01", "rg-new");
    const before = putsOf(served);
    const ended = await approve(run);
    expect(ended).toMatchObject({ receipts: [], outcome: { kind: "failed", problem: { code: "vm-not-found" } } });
    expect(putsOf(served)).toBe(before);
    const uniqueId = ended.before?.azure.vm.uniqueId ?? "none";
    expect(summaryOf(ended)).toContain(`properties.vmId =~ '${uniqueId}'`);
    expect(summaryOf(ended)).toContain("Diagnose it under that id.");
    const options = { force: false, dryRun: false, maximumRisk: "interrupts-sessions" as const, sources: [] };
    const trigger = { kind: "terminal", by: "a test" } as const;
    const vm = { ...run.vm, resourceGroup: "rg-new" };
    const started = await served.service.start({ vm, intent: "repair", options, trigger });
    if (!started.ok) throw new Error(started.problem.message);
    expect((await served.engine.settled(started.value.id)).outcome?.kind).toBe("repaired");
  });

  test("after its repair is not undone under its former id: the run says what to do, and that works", async () => {
    served = await serveWorld(readWorld("renew-rdp-key"), "modelled");
    const repaired = await served.run("repair");
    expect(repaired.outcome?.kind).toBe("repaired");
    served.sandbox.move("vm-app-01", "rg-new");
    const undo = await served.undo(repaired.id);
    expect(undo.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-not-found" } });
    expect(summaryOf(undo)).toContain(`properties.vmId =~ '${repaired.before?.azure.vm.uniqueId}'`);
    expect(summaryOf(undo)).toContain(`The changes of run ${repaired.id} are on its disk`);
    expect(summaryOf(undo)).toContain(`C:\\Windows\\RdpRemediation\\${repaired.id}\\journal.jsonl`);
    expect(summaryOf(undo)).toContain("move it back (az resource move) and undo then");
    served.sandbox.move("vm-app-01", "rg-app");
    expect((await served.undo(repaired.id)).outcome?.kind).toBe("undone");
  });

  test("while the script is at work that changes it leaves a run that knows no end, with the same advice", async () => {
    let isMoved = false;
    const saved = (run: Run) => {
      if (isMoved || run.state !== "applying" || run.script.phase !== "running") return;
      isMoved = true;
      served.sandbox.move("vm-app-01", "rg-new");
    };
    const world = { ...readWorld("renew-rdp-key") };
    served = await serveWorld({ ...world, runCommand: { ...world.runCommand, seconds: 60 } }, "modelled", {
      watchers: [{ saved }],
    });
    const run = await served.run("repair");
    expect(isMoved).toBe(true);
    expect(run.outcome?.kind).toBe("unknown");
    expect(summaryOf(run)).toContain("properties.vmId =~");
    expect(summaryOf(run)).toContain(`The changes of run ${run.id} are on its disk`);
    served.sandbox.move("vm-app-01", "rg-app");
    expect((await served.undo(run.id)).outcome?.kind).toBe("undone");
  });

  test("while a setting is weakened still has it, and its own task restores it", async () => {
    served = await serveWorld(readWorld("weaken-network-level-authentication"), "modelled");
    const run = await served.run("repair", {
      remediations: ["weaken-network-level-authentication"],
      maximumRisk: "weakens-security",
      weakenMinutes: 30,
    });
    expect(run.state).toBe("weakened");
    served.sandbox.move("vm-app-01", "rg-new");
    const ended = await served.ended(run.id);
    expect(summaryOf(ended)).not.toContain("the weakened setting with it");
    expect(summaryOf(ended)).toContain("its own scheduled task restores the weakened setting");
    expect(summaryOf(ended)).toContain("properties.vmId =~");
  });
});

test("a Spot VM with the policy Delete that is gone may have been evicted", async () => {
  const world = readWorld("renew-rdp-key");
  const [vm] = world.vms;
  if (!vm) throw new Error("The world has a VM.");
  vm.spot = { evictionPolicy: "Delete", maxPrice: -1 };
  served = await serveWorld(world, "modelled");
  const run = await waitingRepair();
  served.sandbox.move("vm-app-01", "rg-gone");
  expect(summaryOf(await approve(run))).toContain("an eviction deletes it with its disks");
});

describe("an instance that is reimaged", () => {
  const name = "vmss-app/3";

  test("while its plan waits gets a plan of its own, which waits for a decision again", async () => {
    served = await serveWorld(readWorld("scale-set-uniform-key-corrupt"), "modelled");
    const run = await waitingRepair();
    served.sandbox.reimage(name);
    // Windows makes a new certificate at its first start, so that the plan is for another one.
    const again = await approve(run);
    if (again.state !== "awaiting-approval") throw new Error(`The run is ${again.state}.`);
    expect(again.plan.hash).not.toBe(run.plan.hash);
    expect(again.receipts).toEqual([]);
    expect((await approve(again)).outcome?.kind).toBe("repaired");
  });

  test("and has the fault no more is left alone: it is looked at again, and in order", async () => {
    const world = readWorld("scale-set-uniform-key-corrupt");
    served = await serveWorld(world, "modelled");
    const run = await waitingRepair();
    served.sandbox.reimage(name);
    const { state } = served.sandbox.windows(name);
    const healthy = await serveWorld(readWorld("scale-set-uniform"), "modelled");
    Object.assign(state, structuredClone(healthy.sandbox.windows(name).state));
    await healthy.close();
    const keys = () => Object.entries(state.files).filter(([path]) => path.includes("MachineKeys"));
    const before = structuredClone(keys());
    const ended = await approve(run);
    expect(ended.receipts.filter(({ changed }) => changed)).toEqual([]);
    expect(ended.outcome?.kind).toBe("healthy");
    expect(keys()).toEqual(before);
  });

  test("after its repair has no journal of it, and the undo says why", async () => {
    served = await serveWorld(readWorld("scale-set-uniform-key-corrupt"), "modelled");
    const repaired = await served.run("repair");
    served.sandbox.reimage(name);
    const undo = await served.undo(repaired.id);
    expect(undo.outcome?.kind).toBe("failed");
    expect(summaryOf(undo)).toContain("Where the VM was reimaged");
  });
});
