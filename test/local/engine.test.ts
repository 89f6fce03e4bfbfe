import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import type { Run, RunOptions } from "../../lib/core/run.ts";
import { createLocalEngine, type LocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun, undoRequest } from "../../lib/runs/create-run.ts";
import { createRunService } from "../../lib/runs/service.ts";
import { fastClock } from "../fixtures/clock.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";

const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" };
const trigger = { kind: "terminal", by: "a test" } as const;

function aRun(intent: Run["intent"] = "repair", options: Partial<RunOptions> = {}): Run {
  const all = { force: false, dryRun: false, maximumRisk: "interrupts-sessions" as const, sources: [], ...options };
  const created = createRun({ id: randomUUID(), vm, intent, options: all, trigger }, new Date());
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

function brokenVm(): FakeVm {
  const fake = new FakeVm();
  if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
  fake.guest.registry["terminal-server/fDenyTSConnections"] = { type: "dword", data: 1 };
  return fake;
}

describe("the local engine", () => {
  let folder: string;
  let store: SqliteStore;
  let fake: FakeVm;
  const engines: LocalEngine[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "engine-"));
    store = openSqliteStore(join(folder, "runs.sqlite"));
    fake = brokenVm();
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  function open(onSaved?: (run: Run) => void): LocalEngine {
    const ports = { reader: fake, channel: fake, power: fake, alerts: fake };
    const engine = createLocalEngine({ store, ports, clock: fastClock(100), ...(onSaved ? { onSaved } : {}) });
    engines.push(engine);
    return engine;
  }

  test("takes a run to its end", async () => {
    const engine = open();
    const run = aRun();
    await engine.start(run);
    expect((await engine.settled(run.id)).outcome?.kind).toBe("repaired");
  });

  test("starting the same run twice is starting it once", async () => {
    const engine = open();
    const run = aRun();
    await Promise.all([engine.start(run), engine.start(run)]);
    await engine.settled(run.id);
    expect(fake.executed).toHaveLength(2);
  });

  test("a run on a VM that another run holds fails and says which", async () => {
    const engine = open();
    fake.onScript = () => "hangs";
    const first = aRun();
    await engine.start(first);
    while (fake.executed.length === 0) await new Promise(setImmediate);
    const second = aRun();
    await engine.start(second);
    const ended = await engine.settled(second.id);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-claimed" } });
    expect(ended.outcome?.summary).toContain(first.id);
  });

  test("goes on with what a stopped engine left, and runs no script twice", async () => {
    let steps = 0;
    const run = aRun();
    // Stopped after each of its first steps in turn, ever later.
    for (let stopAfter = 1; stopAfter < 12; stopAfter++) {
      steps = 0;
      const engine = open(() => {
        steps += 1;
        if (steps === stopAfter) void engine.close();
      });
      await engine.resume();
      await engine.start(run);
      await engine.settled(run.id).catch(() => {});
      await engine.close();
    }
    const last = open();
    await last.resume();
    expect((await last.settled(run.id)).outcome?.kind).toBe("repaired");
    expect(fake.executed).toHaveLength(2);
  });

  test("a decision wakes the run that awaits it", async () => {
    const engine = open();
    const run = aRun("repair", { maximumRisk: "none" });
    await engine.start(run);
    expect((await engine.settled(run.id)).state).toBe("awaiting-approval");
    const decided = await engine.signal(run.id, { kind: "decide", approved: true, by: "ada" });
    expect(decided.ok).toBe(true);
    expect((await engine.settled(run.id)).outcome?.kind).toBe("repaired");
  });

  test("a decision that nobody awaits is refused", async () => {
    const engine = open();
    const run = aRun("diagnose");
    await engine.start(run);
    await engine.settled(run.id);
    const decided = await engine.signal(run.id, { kind: "decide", approved: true, by: "ada" });
    expect(decided).toMatchObject({ ok: false, problem: { code: "decision-not-awaited" } });
    expect(await engine.signal(randomUUID(), { kind: "cancel", by: "ada" })).toMatchObject({
      ok: false,
      problem: { code: "run-not-found" },
    });
  });

  test("a surprise ends the run as failed, with the surprise in its details", async () => {
    fake.read = async () => {
      throw new Error("out of cheese");
    };
    const engine = open();
    const run = aRun();
    await engine.start(run);
    const ended = await engine.settled(run.id);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "internal" } });
    expect(ended.outcome?.problem?.detail).toContain("out of cheese");
  });

  test("a run that another living process works on is left to it", () => {
    const now = new Date();
    expect(store.lease("a", now)).toBe(true);
    expect(store.lease("a", now)).toBe(true);
    const other = openSqliteStore(join(folder, "runs.sqlite"));
    const pid = Object.getOwnPropertyDescriptor(process, "pid");
    try {
      // The parent lives, so its lease counts until it is old.
      Object.defineProperty(process, "pid", { value: process.ppid, configurable: true });
      expect(other.lease("b", now)).toBe(true);
    } finally {
      if (pid) Object.defineProperty(process, "pid", pid);
    }
    expect(store.lease("b", now)).toBe(false);
    expect(store.lease("b", new Date(now.getTime() + 120_000))).toBe(true);
    other.close();
  });

  test("undoes a run by its id, once it has ended and changed something", async () => {
    const engine = open();
    const service = createRunService(engine, () => new Date(), randomUUID);
    const repaired = aRun();
    await engine.start(repaired);
    await engine.settled(repaired.id);
    const undo = await service.undo(repaired.id, { force: false, trigger });
    if (!undo.ok) throw new Error(undo.problem.message);
    expect((await engine.settled(undo.value.id)).outcome?.kind).toBe("undone");

    const looked = aRun("diagnose");
    await engine.start(looked);
    expect(undoRequest(await engine.settled(looked.id), randomUUID(), trigger, false)).toMatchObject({
      ok: false,
      problem: { code: "run-not-undoable" },
    });
  });
});
