import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { createRunService } from "../../lib/runs/intake/service.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { storedRun } from "../fixtures/stored-run.ts";

/* What every engine does is in test/contract/run-engine.test.ts; here is what only this one has. */

test("a run that another living process works on is left to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const store = openSqliteStore(join(folder, "runs.sqlite"));
  const other = openSqliteStore(join(folder, "runs.sqlite"));
  const now = new Date();
  expect(await store.lease("a", now)).toBe(true);
  expect(await store.lease("a", now)).toBe(true);
  const pid = Object.getOwnPropertyDescriptor(process, "pid");
  try {
    // The parent lives, so its lease counts until it is old.
    Object.defineProperty(process, "pid", { value: process.ppid, configurable: true });
    expect(await other.lease("b", now)).toBe(true);
  } finally {
    if (pid) Object.defineProperty(process, "pid", pid);
  }
  expect(await store.lease("b", now)).toBe(false);
  expect(store.isLeasedElsewhere("b", now)).toBe(true);
  expect(store.isLeasedElsewhere("a", now)).toBe(false);
  expect(await store.lease("b", new Date(now.getTime() + 120_000))).toBe(true);
  other.close();
  store.close();
  rmSync(folder, { recursive: true });
});

test("two engines on one file share the work, and both see its end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const fake = new FakeVm();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const clock = createVirtualClock();
  const opened = [1, 2].map(() => {
    const store = openSqliteStore(join(folder, "runs.sqlite"));
    return { store, engine: createLocalEngine({ store, ports, clock }) };
  });
  const [one, two] = opened.map(({ engine }) => engine);
  if (!one || !two) throw new Error("there are two");
  const started = await createRunService(one, () => clock.now(), randomUUID).start({
    vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" },
    intent: "diagnose",
    options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
    trigger: { kind: "terminal", by: "a test" },
  });
  if (!started.ok) throw new Error(started.problem.message);
  await two.resume();
  const ends = await clock.during(Promise.all([one.settled(started.value.id), two.settled(started.value.id)]));
  expect(ends.map((run) => run.outcome?.kind)).toEqual(["healthy", "healthy"]);
  expect(fake.executed).toHaveLength(1);
  for (const { engine, store } of opened) {
    await engine.close();
    store.close();
  }
  rmSync(folder, { recursive: true });
});

test.each([
  ["a repair from Friday's terminal is cancelled on Monday", "terminal", "repair", 70 * 3_600_000, "cancelled"],
  ["one of half an hour ago is left alone", "terminal", "repair", 30 * 60_000, undefined],
  ["an old diagnosis is left alone, too", "terminal", "diagnose", 70 * 3_600_000, undefined],
  ["what the service was asked over HTTP is the service's to go on with", "http", "repair", 70 * 3_600_000, undefined],
] as const)("nothing is gone on with unasked: %s", async (_, kind, intent, age, outcome) => {
  const fake = new FakeVm();
  const store = openSqliteStore(":memory:");
  const clock = createVirtualClock();
  const created = createRun(
    {
      id: randomUUID(),
      vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" },
      intent,
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: kind === "http" ? { kind, by: "a test", objectId: randomUUID() } : { kind, by: "a test" },
    },
    new Date(clock.now().getTime() - age),
  );
  if (!created.ok) throw new Error(created.problem.message);
  await store.create(created.value);
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const engine = createLocalEngine({ store, ports, clock });
  await engine.resume(() => false);
  expect((await store.get(created.value.id))?.run.outcome?.kind).toBe(outcome);
  expect(fake.executed).toEqual([]);
  await engine.close();
  store.close();
});

test("a decision that comes before the wait for it has begun cuts that wait short", async () => {
  const fake = new FakeVm();
  if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
  fake.guest.registry["terminal-server/fDenyTSConnections"] = { type: "dword", data: 1 };
  fake.guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
  const virtual = createVirtualClock();
  // Whoever waits for a decision on this clock waits until somebody wakes them.
  const clock = {
    now: () => virtual.now(),
    sleep: (ms: number, signal?: AbortSignal) =>
      ms < 20_000
        ? virtual.sleep(ms, signal)
        : new Promise<void>((resolve) => {
            if (signal?.aborted) resolve();
            signal?.addEventListener("abort", () => resolve());
          }),
  };
  const store = openSqliteStore(":memory:");
  let decided = false;
  const engine = createLocalEngine({
    store: {
      ...store,
      // The engine has seen that a decision is awaited, and gives its place back before it begins to wait.
      async release(key, runId) {
        await store.release(key, runId);
        const run = (await store.get(runId))?.run;
        if (decided || run?.state !== "awaiting-approval") return;
        decided = true;
        await engine.signal(runId, { kind: "decide", approved: true, by: "a test", planHash: run.plan?.hash ?? "" });
      },
    },
    ports: { reader: fake, channel: fake, power: fake, alerts: fake },
    clock,
  });
  const started = await createRunService(engine, () => clock.now(), randomUUID).start({
    vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" },
    intent: "repair",
    options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
    trigger: { kind: "terminal", by: "a test" },
  });
  if (!started.ok) throw new Error(started.problem.message);
  const outcome = async () => (await store.get(started.value.id))?.run.outcome?.kind;
  await virtual.during(expect.poll(outcome, { timeout: 60_000 }).toBe("repaired"));
  await engine.close();
  store.close();
});

describe("a store that fails", () => {
  function brokenStore(error: () => Error | null) {
    const store = openSqliteStore(":memory:");
    const failing = <Args extends unknown[], T>(work: (...args: Args) => T) => {
      return (...args: Args): T => {
        const thrown = error();
        if (thrown) throw thrown;
        return work(...args);
      };
    };
    return { ...store, lease: failing(store.lease), unlease: failing(store.unlease), save: failing(store.save) };
  }

  test("ends neither the process nor the run: it goes on when the store can be written again", async () => {
    let failures = 0;
    const told: unknown[] = [];
    // Ten calls in a row fail at the start, then every fifth.
    let calls = 0;
    const store = brokenStore(() => {
      calls += 1;
      if (calls > 10 && calls % 5 !== 0) return null;
      failures += 1;
      return new Error("database or disk is full");
    });
    const fake = new FakeVm();
    const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
    const clock = new FakeClock();
    const engine = createLocalEngine({ store, ports, clock, onFailure: (error) => told.push(error) });
    const started = await createRunService(engine, () => clock.now(), randomUUID).start({
      vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" },
      intent: "diagnose",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "terminal", by: "a test" },
    });
    if (!started.ok) throw new Error(started.problem.message);
    const outcome = async () => (await store.get(started.value.id))?.run.outcome?.kind;
    await expect.poll(outcome, { timeout: 20_000 }).toBe("healthy");
    await engine.close();
    store.close();
    expect(failures).toBeGreaterThan(10);
    expect(told).not.toEqual([]);
    expect(fake.executed).toHaveLength(1);
  });
});

test("a run that cannot be read blocks nothing but itself", async () => {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const file = join(folder, "runs.sqlite");
  const store = openSqliteStore(file);
  await store.create(storedRun(1));
  await store.create(storedRun(2, { vm: { ...storedRun(2).vm, name: "vm-app-02" } }));
  const db = new DatabaseSync(file);
  db.prepare("UPDATE runs SET body = ? WHERE id = ?").run('{"format":99}', storedRun(1).id);
  db.close();
  expect(await store.list({ limit: 10 })).toMatchObject({
    runs: [{ id: storedRun(2).id }],
    unreadable: [{ id: storedRun(1).id, because: expect.stringContaining("format 99") }],
  });

  const fake = new FakeVm();
  const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
  const engine = createLocalEngine({ store, ports, clock: new FakeClock() });
  await engine.resume();
  expect((await engine.settled(storedRun(2).id)).outcome?.kind).toBe("healthy");
  expect(await engine.get(storedRun(1).id)).toMatchObject({ ok: false, problem: { code: "run-unreadable" } });
  const cancelled = await engine.signal(storedRun(1).id, { kind: "cancel", by: "ada" });
  expect(cancelled).toMatchObject({ ok: false, problem: { code: "run-unreadable" } });
  await engine.close();
  store.close();
  const after = new DatabaseSync(file);
  expect(after.prepare("SELECT body FROM runs WHERE id = ?").get(storedRun(1).id)?.body).toBe('{"format":99}');
  after.close();
  rmSync(folder, { recursive: true });
});
