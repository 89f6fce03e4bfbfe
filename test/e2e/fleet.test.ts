import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { RunOptions } from "../../lib/core/run.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { firstCalls, unseenMs } from "../../lib/fleet/admission.ts";
import { createOperation } from "../../lib/fleet/create-operation.ts";
import { decideAboutPlans } from "../../lib/fleet/fleet-engine.ts";
import { type FleetOperation, FleetPolicy } from "../../lib/fleet/fleet-operation.ts";
import { viewOperation } from "../../lib/fleet/operation-view.ts";
import { allResultRows } from "../../lib/fleet/results.ts";
import { selectTargets } from "../../lib/fleet/select-targets.ts";
import type { World } from "../../sandbox/world.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { storedRun } from "../fixtures/stored-run.ts";

/* Operations over a small fleet, on the real SDKs and the local engine, against a simulated Azure. */

let served: SandboxService;
afterEach(() => served.close());

const small = readWorld("small-fleet");

async function begin(
  world: World,
  policy: Partial<FleetPolicy> = {},
  options: Partial<RunOptions> = {},
  prepare: (service: SandboxService) => Promise<void> = async () => {},
) {
  served = await serveWorld(world, "modelled");
  await prepare(served);
  const [first] = served.sandbox.vms;
  const found = await selectTargets(
    served.inventory,
    { kind: "scope", scope: `/subscriptions/${first?.subscriptionId}` },
    async () => ({ ok: true, value: true }),
  );
  if (!found.ok) throw new Error(found.problem.message);
  const created = createOperation(
    {
      id: randomUUID(),
      intent: "repair",
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [], ...options },
      trigger: { kind: "terminal", by: "a test" },
      request: "",
      selection: "all of them",
      policy: FleetPolicy.parse(policy),
      targets: found.value.targets,
    },
    served.clock.now(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return served.fleet.start(created.value);
}

async function resultsOf(id: string) {
  const operation = await served.fleet.get(id);
  if (!operation.ok) throw new Error(operation.problem.message);
  const rows = [];
  for await (const row of allResultRows(served.store, operation.value)) rows.push(row);
  return rows;
}

describe("an operation over a small fleet", () => {
  test("repairs each VM by one run, the canary first", async () => {
    const { id } = await begin(small);
    const operation = await served.fleet.settled(id);
    expect(operation).toMatchObject({
      state: "ended",
      outcome: { kind: "completed" },
      counts: { repaired: 4, healthy: 3, advised: 1 },
    });
    const rows = await resultsOf(id);
    expect(rows.map(({ vm }) => vm.split("/").at(-1)).toSorted()).toEqual(small.vms.map(({ name }) => name).toSorted());
    const { runs } = await served.store.list({ limit: 100 });
    expect(runs).toHaveLength(8);
    expect(new Set(runs.map(({ operation: of }) => of?.id))).toEqual(new Set([id]));
    const canary = runs.find((run) => run.id === rows[0]?.runId);
    const others = runs.filter((run) => run.id !== canary?.id);
    expect(others.every(({ createdAt }) => createdAt >= (canary?.updatedAt.slice(0, 19) ?? ""))).toBe(true);
    // A query of Resource Graph for each of its two tables found them; no VM was listed.
    expect(served.sandbox.calls.filter(({ path }) => path.endsWith("ResourceGraph/resources"))).toHaveLength(2);
    expect(served.sandbox.calls.some(({ path }) => /virtualMachines$/.test(path))).toBe(false);
    expect(viewOperation(operation).progress).toMatchObject({ done: 8, percent: 100, notStarted: 0, atWork: 0 });
  });

  test("a run asks of Azure no more in its first seconds than its admission counts on", async () => {
    const [one] = small.vms;
    if (!one) throw new Error("the world has VMs");
    const { id } = await begin({ ...small, vms: [one], runCommand: { ...small.runCommand, seconds: 20 } });
    await served.fleet.settled(id);
    const calls = served.sandbox.calls.filter(({ path }) => path.startsWith("/subscriptions/"));
    const since = Date.parse(calls[0]?.at ?? "");
    const first = calls.filter(({ at }) => Date.parse(at) <= since + unseenMs);
    const count = (...methods: string[]) => first.filter(({ method }) => methods.includes(method)).length;
    expect(count("GET")).toBeGreaterThan(3);
    expect(count("GET")).toBeLessThanOrEqual(firstCalls.reads);
    expect(count("PUT")).toBe(1);
    expect(count("PUT", "POST")).toBeLessThanOrEqual(firstCalls.writes);
    expect(count("DELETE")).toBeLessThanOrEqual(firstCalls.deletes);
  });

  test("leaves a VM alone on which another run works, and says which", async () => {
    const { id } = await begin(small, {}, {}, async ({ store, sandbox }) => {
      const vm = parseVmId(sandbox.vms[2]?.id ?? "");
      if (!vm.ok) throw new Error(vm.problem.message);
      await store.create(storedRun(1, { vm: vm.value }));
    });
    const operation = await served.fleet.settled(id);
    expect(operation).toMatchObject({ counts: { skipped: 1 } });
    const skipped = (await resultsOf(id)).filter(({ result }) => result === "skipped");
    expect(skipped).toMatchObject([{ vm: expect.stringMatching(/vm-fleet-03$/), runId: null }]);
    expect(skipped[0]?.summary).toContain(storedRun(1).id);
    expect(served.sandbox.scriptRuns.filter(({ vm }) => vm === "vm-fleet-03")).toEqual([]);
  });

  test("plans of one kind wait, and one decision about the kind applies all of them", async () => {
    const vms = [1, 2, 3].map((number) => ({ ...small.vms[2], name: `vm-key-${number}` }) as World["vms"][number]);
    const { id } = await begin({ ...small, vms }, { canary: 0, waves: [100] }, { maximumRisk: "none" });
    const operation = await until(id, ({ active }) => active.every(({ phase }) => phase === "parked"));
    const [plan, ...others] = viewOperation(operation).plans;
    expect(others).toEqual([]);
    expect(plan).toMatchObject({ count: 3, remediations: ["renew-rdp-key"] });
    const refused = decideAboutPlans(
      operation,
      { kind: "decide", fingerprint: "other", approved: true, by: "x" },
      false,
    );
    expect(refused).toMatchObject({ problem: { code: "plan-changed" } });
    const decision = {
      kind: "decide",
      approved: true,
      by: "an approver",
      fingerprint: plan?.fingerprint ?? "",
    } as const;
    await served.fleet.signal(id, decision);
    expect(await served.fleet.settled(id)).toMatchObject({ counts: { repaired: 3 } });
    const { runs } = await served.store.list({ limit: 9 });
    expect(runs.map(({ decision: made }) => made?.by)).toEqual(["an approver", "an approver", "an approver"]);
  });

  test("a plan with more to weigh than its risk still waits for a decision of its own", async () => {
    const logOn = readWorld("active-sessions").vms[0];
    const vms = [{ ...logOn, name: "vm-busy-people" } as World["vms"][number]];
    const { id } = await begin({ ...small, vms }, { canary: 0, waves: [100] });
    const operation = await until(id, ({ active }) => active.every(({ phase }) => phase === "parked"));
    const fingerprint = viewOperation(operation).plans[0]?.fingerprint ?? "";
    await served.fleet.signal(id, { kind: "decide", fingerprint, approved: true, by: "an approver" });
    const after = await until(id, ({ active }) => active.every(({ signalled }) => signalled));
    expect(after).toMatchObject({ state: "running", active: [{ phase: "parked" }] });
    await served.fleet.signal(id, { kind: "cancel", by: "somebody" });
    expect(await served.fleet.settled(id)).toMatchObject({ outcome: { kind: "cancelled" }, counts: { cancelled: 1 } });
  });
});

/** Lets time pass until this is so of the operation. */
async function until(id: string, isSo: (operation: FleetOperation) => boolean): Promise<FleetOperation> {
  for (;;) {
    const found = await served.fleet.get(id);
    if (!found.ok) throw new Error(found.problem.message);
    const isBegun = found.value.active.length > 0;
    if (isBegun && isSo(found.value)) return found.value;
    await served.clock.during(served.clock.sleep(1000));
  }
}
