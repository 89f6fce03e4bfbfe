import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { advance } from "../../lib/durable/advance.ts";
import { createDurableEngine } from "../../lib/durable/engine.ts";
import { createDurableFleet } from "../../lib/durable/fleet.ts";
import { createFleetStepper } from "../../lib/fleet/stepper.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import { createStepper } from "../../lib/runs/stepper.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { openDurableHost, runsAlone, TaskHub } from "../fixtures/durable-host.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { newOperation } from "../fleet/operations.ts";

/* Operations on Durable Functions: the real library's replay, and the same steps as in one process. */

let store: SqliteStore;
let clock: FakeClock;
let hub: TaskHub;
let fake: FakeVm;
beforeEach(() => {
  store = openSqliteStore(":memory:");
  clock = new FakeClock();
  hub = new TaskHub();
  fake = new FakeVm();
});
afterEach(() => store.close());

const now = () => clock.now();
const full = { reads: 250, writes: 200, deletes: 200, blockedUntil: 0 };

/** One host over the store and the task hub; `killed` ends it in the middle of its work. */
function open() {
  const killed = new AbortController();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const runs = createStepper({ store, ports, slots: createConcurrencySlots(store, 10), now });
  const mortal = <Step>(step: (id: string, stop: AbortSignal) => Promise<Step>) => ({
    step: (id: string) => (killed.signal.aborted ? new Promise<never>(() => {}) : step(id, killed.signal)),
  });
  const host = openDurableHost(hub, clock, (input) =>
    advance(input, { runs: mortal(runs.step), operations: mortal(operations.step), pulse: runsAlone.pulse }, now),
  );
  const engine = createDurableEngine({ orchestrations: host, store, stepper: runs, now });
  const service = createRunService(engine, now, randomUUID);
  const budget = { allowanceOf: () => full };
  const operations = createFleetStepper({ store, engine, service, budget, places: 9, allowSelfApproval: false, now });
  const fleet = createDurableFleet({ orchestrations: host, store, stepper: operations });
  async function stateOf(id: string) {
    const found = await fleet.get(id);
    if (!found.ok) throw new Error(found.problem.message);
    return found.value;
  }
  return {
    engine,
    fleet,
    stateOf,
    until: (condition: () => Promise<boolean>) => host.workUntil(condition),
    ended: (id: string) => host.workUntil(async () => (await stateOf(id)).state === "ended"),
    kill() {
      killed.abort();
      host.kill();
    },
  };
}

test("works on every VM once, with a history that does not grow with the number of VMs", async () => {
  const { fleet, ended, stateOf } = open();
  const created = newOperation(12, {}, { intent: "diagnose" });
  const { id } = await fleet.start(created);
  await fleet.start(created);
  await ended(id);
  expect(await stateOf(id)).toMatchObject({ outcome: { kind: "completed" }, counts: { healthy: 12 } });
  expect((await store.list({ limit: 100 })).runs).toHaveLength(12);
  expect(new Set(fake.executed).size).toBe(12);
  expect(hub.longestHistory).toBeLessThan(20);
});

test("a host that is killed is followed by another, which goes on where it was", async () => {
  const created = newOperation(8, {}, { intent: "diagnose" });
  for (let hosts = 0; ; hosts += 1) {
    const { fleet, engine, stateOf, until, kill } = open();
    await fleet.start(created);
    await fleet.resume();
    await engine.resume();
    const { id } = created.operation;
    const { updatedAt: before } = await stateOf(id);
    let saves = 0;
    await until(async () => {
      const { state, updatedAt } = await stateOf(id);
      if (updatedAt !== before) saves += 1;
      return state === "ended" || saves > 7;
    });
    kill();
    if ((await stateOf(id)).state !== "ended") continue;
    expect(hosts).toBeGreaterThan(1);
    expect(await stateOf(id)).toMatchObject({ counts: { healthy: 8 } });
    expect((await store.list({ limit: 100 })).runs).toHaveLength(8);
    break;
  }
});

test("a signal wakes an operation, and one whose orchestration was lost is taken up again", async () => {
  const { fleet, stateOf, until, ended } = open();
  const created = newOperation(4, { canary: 0, waves: [100], atWork: 1 }, { intent: "diagnose" });
  const { id } = await fleet.start(created);
  await fleet.signal(id, { kind: "pause", by: "somebody" });
  hub.instances.clear();
  await fleet.resume();
  await until(async () => (await stateOf(id)).active.length === 0);
  expect(await stateOf(id)).toMatchObject({ state: "paused" });
  await fleet.signal(id, { kind: "resume", by: "somebody" });
  await ended(id);
  expect(await stateOf(id)).toMatchObject({ outcome: { kind: "completed" }, counts: { healthy: 4 } });
});
