import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import type { AzureReader, Clock } from "../../lib/runs/ports.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";

/* Health's part for the work of the local engine: red when work stands still, and never because there is much of it. */

const minute = 60_000;

function diagnosis(number: number, now: Date): Run {
  const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: `vm-${number}` };
  const options = { force: false, dryRun: false, maximumRisk: "none" as const, sources: [] };
  const trigger = { kind: "http", by: "a test" } as const;
  const created = createRun({ id: randomUUID(), vm, intent: "diagnose", options, trigger }, now);
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

function open(fake: FakeVm, clock: Clock, onRead: () => Promise<void> = async () => {}) {
  const store = openSqliteStore(":memory:");
  const reader: AzureReader = {
    async read() {
      await onRead();
      return fake.read();
    },
    uniqueIdOf: () => fake.uniqueIdOf(),
    crossCheck: (vm, azure) => fake.crossCheck(vm, azure),
  };
  const ports = { reader, channel: fake, power: fake, alerts: fake };
  const engine = createLocalEngine({ store, ports, clock, runsAtWork: 1 });
  onTestFinished(async () => {
    await engine.close();
    store.close();
  });
  return { engine, store };
}

/** Time passes where the test says so, and where somebody sleeps. */
function fakeClock() {
  const clock = new FakeClock();
  return { clock, pass: (ms: number) => clock.passTo(new Date(clock.now().getTime() + ms)) };
}

test("a run whose step hangs is told of after five minutes, until it goes on", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  onTestFinished(() => answered.resolve());
  const { clock, pass } = fakeClock();
  const { engine } = open(new FakeVm(), clock, () => {
    asked.resolve();
    return answered.promise;
  });
  const run = diagnosis(1, clock.now());
  await engine.start(run);
  await asked.promise;
  pass(5 * minute - 1);
  await engine.resume();
  await engine.check();
  pass(1);
  await expect(engine.check()).rejects.toThrow(`1 are due and do not go on, e.g. ${run.id}`);
  answered.resolve();
  expect((await engine.settled(run.id)).outcome?.kind).toBe("healthy");
  await engine.check();
});

test("a store that fails a run for five minutes is told of", async () => {
  const { clock } = fakeClock();
  const { engine, store } = open(new FakeVm(), clock);
  const begun = clock.now().getTime();
  store.save = () => Promise.reject(new Error("The disk has failed"));
  await engine.start(diagnosis(1, clock.now()));
  await engine.check();
  // Each failure is followed by a wait.
  await expect.poll(() => clock.now().getTime() - begun).toBeGreaterThan(5 * minute);
  await engine.resume();
  await expect(engine.check()).rejects.toThrow("1 are due");
});

test("a sweep that has stopped is told of: nobody takes up the runs of a process that died", async () => {
  const { clock, pass } = fakeClock();
  const { engine } = open(new FakeVm(), clock);
  const begun = clock.now();
  pass(5 * minute - 1);
  await engine.check();
  pass(1);
  await expect(engine.check()).rejects.toThrow(`Nobody has looked for lost runs since ${begun.toISOString()}`);
  await engine.resume();
  await engine.check();
});

test("runs that wait for a slot get it in their order, at the very time when it is freed", async () => {
  const clock = createVirtualClock();
  const { engine } = open(new FakeVm(), clock);
  const runs: Run[] = [];
  for (let number = 0; number < 6; number += 1) {
    const run = diagnosis(number, clock.now());
    runs.push(run);
    await engine.start(run);
    await clock.during(clock.sleep(1));
  }
  const ended = await clock.during(Promise.all(runs.map(({ id }) => engine.settled(id))));
  const times = ended.map(({ log }) => log.filter(({ state }) => state !== "queued").map(({ at }) => Date.parse(at)));
  for (const [index, own] of times.entries()) {
    const former = times[index - 1];
    if (former) expect(own[0]).toBe(former.at(-1));
  }
});

test("many runs behind one slot, with scripts that take long, are no fault of the queue", async () => {
  const clock = createVirtualClock();
  const fake = new FakeVm();
  fake.onScript = () => "hangs";
  const { engine } = open(fake, clock);
  const runs = Array.from({ length: 10 }, (_, number) => diagnosis(number, clock.now()));
  for (const run of runs) await engine.start(run);
  for (let minutes = 0; minutes < 60; minutes += 0.5) {
    await clock.during(clock.sleep(minute / 2));
    await engine.resume();
    await engine.check();
  }
  const states = await Promise.all(
    runs.map(async ({ id }) => {
      const found = await engine.get(id);
      return found.ok ? found.value.state : null;
    }),
  );
  // An hour is over, and most of them still wait for their turn.
  expect(states.filter((state) => state === "queued").length).toBeGreaterThan(5);
  expect(states).toContain("collecting");
});
