import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { createDurableEngine, durableProblem, type Orchestrations } from "../../lib/durable/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { createStepper } from "../../lib/runs/stepper.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { asEnded } from "../fixtures/stored-run.ts";

/* When Durable Functions does not do as it is asked. */

const store = openSqliteStore(":memory:");
afterEach(async () => {
  for (const run of (await store.list({ limit: 100 })).runs) {
    const stored = await store.get(run.id);
    await store.save(asEnded(run), stored?.version ?? 0);
    await store.remove(run);
  }
});

function aRun(createdAt = new Date()): Run {
  const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" };
  const options = { force: false, dryRun: false, maximumRisk: "low" as const, sources: [] };
  const trigger = { kind: "terminal", by: "a test" } as const;
  const created = createRun({ id: randomUUID(), vm, intent: "diagnose", options, trigger }, createdAt);
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

function engineOver(orchestrations: Orchestrations) {
  const fake = new FakeVm();
  const now = () => new Date();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const stepper = createStepper({ store, ports, slots: createConcurrencySlots(store, 1), now });
  return createDurableEngine({ orchestrations, store, stepper, now });
}

const away = new Error("The host is away");

/** Takes what is asked for, but for one run of which it will not hear. */
function deafTo(runId: string) {
  const started: string[] = [];
  const orchestrations: Orchestrations = {
    async start(id) {
      if (id === runId) throw away;
      started.push(id);
    },
    startOperation: async () => {},
    startPulse: async () => {},
    isAlive: async () => false,
    raise: async () => Promise.reject(new Error("none is alive")),
    purge: async () => {},
  };
  return { started, engine: engineOver(orchestrations) };
}

test("a run that is stored and not begun, or not woken, is told of as one that goes on by itself", async () => {
  const run = aRun();
  const { engine } = deafTo(run.id);
  for (const ask of [() => engine.start(run), () => engine.signal(run.id, { kind: "cancel", by: "ada" })]) {
    const thrown = await ask().then(
      () => null,
      (error: Error) => error,
    );
    expect(thrown?.cause).toBe(away);
    expect(durableProblem(thrown)).toMatchObject({ code: "azure-unavailable", retryable: true });
  }
  expect((await engine.get(run.id)).ok).toBe(true);
  // Sent again it is the run that is there.
  expect(await engine.start(run)).toMatchObject({ ok: true, value: { id: run.id } });
});

test("what nobody expected is no such problem", () => {
  expect(durableProblem(away)).toBeNull();
});

test("one run that cannot be taken up again keeps no other from it, and is not hushed up", async () => {
  const longAgo = new Date(Date.now() - 3_600_000);
  const runs = [aRun(longAgo), aRun(longAgo), aRun(longAgo)];
  for (const run of runs) await store.create(run);
  const [, lost] = runs.map(({ id }) => id);
  const { engine, started } = deafTo(lost ?? "");
  await expect(engine.resume()).rejects.toThrow(/^1 of the unfinished runs .*The host is away$/);
  expect(started.sort()).toEqual(
    runs
      .map(({ id }) => id)
      .filter((id) => id !== lost)
      .sort(),
  );
});
