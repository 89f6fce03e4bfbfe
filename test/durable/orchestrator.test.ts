import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { openDurable } from "../contract/engines.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";

/* What every engine does is in test/contract/run-engine.test.ts; here is what only an engine on Durable Functions can do wrong. */

const minute = 60_000;

describe("an orchestration", () => {
  let rig: ReturnType<typeof openDurable>;
  let fake: FakeVm;

  beforeEach(() => {
    rig = openDurable();
    fake = new FakeVm();
  });
  afterEach(() => rig.close());

  function aRun(maximumRisk: "none" | "low" = "low") {
    const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" };
    const options = { force: false, dryRun: false, maximumRisk, sources: [] };
    const trigger = { kind: "terminal", by: "a test" } as const;
    const created = createRun({ id: randomUUID(), vm, intent: "diagnose", options, trigger }, rig.now());
    if (!created.ok) throw new Error(created.problem.message);
    return created.value;
  }

  const stateOf = async (runId: string) => (await rig.store.get(runId))?.run.state;

  test("is the one that the orchestrations in progress were started with", () => {
    /*
     * A changed orchestrator fails the replay of every run at work, which then waits about ten minutes for the second
     * sweep. Nothing about a run is in it, so there is no reason to change what it asks for: what a run does is in the activity. If it
     * has to change, give it a new name beside the old one, and keep the old one until no run of it is left.
     */
    const source = readFileSync(new URL("../../lib/durable/orchestrator.ts", import.meta.url), "utf8");
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replace(/\s+/g, " ");
    const asked = code.slice(code.indexOf("export const durableNames"));
    expect(createHash("sha256").update(asked).digest("hex").slice(0, 16)).toBe("1c9096c04a00801a");
  });

  test("asks for nothing but what it is given", () => {
    const source = readFileSync(new URL("../../lib/durable/orchestrator.ts", import.meta.url), "utf8");
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    // It is replayed from the start at each step: the time, chance, the world and promises would differ.
    const forbidden =
      /\bDate\.now|new Date\(\s*\)|Math\.random|crypto|performance|process\b|fetch|setTimeout|\basync\b|\bawait\b/;
    expect(code).not.toMatch(forbidden);
    expect([...code.matchAll(/^import (?!type\b).*$/gm)]).toEqual([]);
    expect(code).not.toMatch(/^(let|var)\b/m);
  });

  test("keeps its history short, and nothing in it but ids and times, however long it takes", async () => {
    const { engine, settled } = rig.open(fake);
    fake.onScript = () => "hangs";
    const run = aRun();
    await engine.start(run);
    await settled(run.id);
    expect(rig.hub.turns).toBeGreaterThan(100);
    expect(rig.hub.longestHistory).toBeLessThan(16);
    const kept = JSON.stringify(rig.hub.instances.get(run.id)?.history);
    expect(kept).toContain(run.id);
    expect(kept).not.toContain("vm-app-01");
  });

  test("outlives a store that does not answer", async () => {
    const { engine, until } = rig.open(fake);
    const { get } = rig.store;
    const run = aRun();
    await engine.start(run);
    let failures = 0;
    rig.store.get = async (id) => {
      if (failures++ < 3) throw new Error("The store is away");
      return get(id);
    };
    const before = rig.now().getTime();
    await until(async () => rig.hub.instances.get(run.id)?.isDone === true);
    expect((await get(run.id))?.run.outcome?.kind).toBe("healthy");
    expect(rig.now().getTime() - before).toBeGreaterThanOrEqual(3 * minute);
  });

  test("is woken by a signal that comes while its activity is at work", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun();
    fake.onScript = () => "hangs";
    let asked = 0;
    fake.onCall = (call) => {
      if (call === "status" && ++asked === 4) void engine.signal(run.id, { kind: "cancel", by: "ada" });
      return null;
    };
    await engine.start(run);
    const before = rig.now().getTime();
    expect((await settled(run.id)).outcome?.kind).toBe("cancelled");
    expect(rig.now().getTime() - before).toBeLessThan(minute);
  });

  test("that sleeps through a lost signal is woken by the timer, and one that waits for its time is not", async () => {
    const { engine, until } = rig.open(fake);
    fake.onScript = () => "hangs";
    const run = aRun();
    await engine.start(run);
    await until(async () => rig.hub.instances.get(run.id)?.timers.size === 1);
    await engine.resume();
    expect(rig.hub.instances.get(run.id)?.inbox).toEqual([]);

    await engine.signal(run.id, { kind: "cancel", by: "ada" });
    rig.hub.instances.get(run.id)?.inbox.splice(0);
    rig.hub.instances.get(run.id)?.timers.clear();
    rig.pass(5 * minute);
    await engine.resume();
    await until(async () => rig.hub.instances.get(run.id)?.isDone === true);
    expect(await stateOf(run.id)).toBe("ended");
    expect(fake.deleted).toEqual(fake.executed);
  });

  test("that is gone is started again by the timer, but not before whoever stored the run had time to", async () => {
    const { engine, until } = rig.open(fake);
    const run = aRun();
    await rig.store.create(run);
    await engine.resume();
    expect(rig.hub.instances.size).toBe(0);
    rig.pass(2 * minute);
    await engine.resume();
    await until(async () => (await stateOf(run.id)) === "ended");
  });

  test("of an ended run is not started again", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun();
    await engine.start(run);
    await settled(run.id);
    rig.forget();
    rig.pass(60 * minute);
    await engine.start(run);
    await engine.resume();
    expect(rig.hub.instances.size).toBe(0);
  });
});
