import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { advance } from "../../lib/durable/advance.ts";
import { createDurableEngine } from "../../lib/durable/engine.ts";
import { createPulse } from "../../lib/durable/pulse.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { createStepper } from "../../lib/runs/stepper.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { openDurableHost, runsAlone, TaskHub } from "../fixtures/durable-host.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";

/* Health's part for Durable Functions: red when nothing comes through it, and never because there is much of it. */

const minute = 60_000;

function open() {
  const store = openSqliteStore(":memory:");
  onTestFinished(() => store.close());
  const clock = new FakeClock();
  const now = () => clock.now();
  const fake = new FakeVm();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const runs = createStepper({ store, ports, slots: createConcurrencySlots(store, 1), now });
  const hub = new TaskHub();
  const host = openDurableHost(hub, clock, (input) =>
    advance(input, { runs, operations: runsAlone.operations, pulse }, now),
  );
  const pulse = createPulse({ orchestrations: host, store, now });
  const engine = createDurableEngine({ orchestrations: host, store, stepper: runs, now });
  const check = () =>
    pulse.check().then(
      () => "works",
      ({ message }: Error) => message,
    );
  return {
    store,
    clock,
    fake,
    hub,
    engine,
    pulse,
    check,
    /** What another process would find that has been here for as long. */
    pass: (ms: number) => clock.passTo(new Date(clock.now().getTime() + ms)),
    /** Durable Functions works on what it has, and no more. */
    work: () => host.workUntil(async () => [...hub.instances.values()].every(({ isDone }) => isDone)),
    workUntil: host.workUntil,
  };
}

test("what does not come back from Durable Functions turns health red within six minutes, and green when it does", async () => {
  const { pulse, check, pass, work } = open();
  await pulse.start();
  await work();
  for (let waited = 0; waited < 4 * minute; waited += minute / 2) {
    expect(await check()).toBe("works");
    pass(minute / 2);
    await pulse.start();
  }
  pass(2 * minute);
  await pulse.start();
  expect(await check()).toContain("Nothing has come through Durable Functions for 4 minutes");
  await work();
  expect(await check()).toBe("works");
});

test("a timer that does not fire turns health red", async () => {
  const { pulse, check, pass, work } = open();
  await pulse.start();
  await work();
  pass(6 * minute);
  expect(await check()).toContain("Nothing has come through");
});

test("a process that has only begun waits for the first pulse", async () => {
  const { check, pass } = open();
  pass(4 * minute);
  expect(await check()).toBe("works");
  pass(2 * minute);
  expect(await check()).toContain("Nothing has come through");
});

test("a pulse that was long under way counts when it arrives", async () => {
  const { pulse, check, pass, work, hub } = open();
  // Each takes ten minutes, and none is overtaken.
  for (let waited = 0; waited < 10 * minute; waited += minute / 2) {
    pass(minute / 2);
    await pulse.start();
  }
  const [first, ...later] = [...hub.instances];
  hub.instances.clear();
  if (first) hub.instances.set(...first);
  await work();
  expect(later.length).toBeGreaterThan(3);
  expect(await check()).toBe("works");
});

test("many runs behind one slot, with scripts that take long, are no fault of the queue", async () => {
  const { clock, fake, engine, pulse, check, workUntil, store, hub } = open();
  fake.onScript = () => "hangs";
  for (let number = 0; number < 4; number += 1) {
    const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: `vm-${number}` };
    const options = { force: false, dryRun: false, maximumRisk: "none" as const, sources: [] };
    const trigger = { kind: "http", by: "a test" } as const;
    const run = createRun({ id: randomUUID(), vm, intent: "diagnose", options, trigger }, clock.now());
    if (!run.ok) throw new Error(run.problem.message);
    await engine.start(run.value);
  }
  const end = clock.now().getTime() + 20 * minute;
  const answers = new Set<string>();
  let sweptAt = 0;
  await workUntil(async () => {
    if (clock.now().getTime() - sweptAt >= minute / 2) {
      sweptAt = clock.now().getTime();
      await pulse.start();
      await engine.resume();
      answers.add(await check());
    }
    return clock.now().getTime() >= end;
  });
  expect([...answers]).toEqual(["works"]);
  const { runs } = await store.list({ states: ["queued"], limit: 20 });
  expect(runs.length).toBeGreaterThan(1);
  // The history of earlier pulses is deleted.
  expect([...hub.instances.keys()].filter((id) => id.startsWith("pulse-")).length).toBeLessThan(5);
});
