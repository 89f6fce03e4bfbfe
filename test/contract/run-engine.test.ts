import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import type { Run, RunOptions } from "../../lib/core/run.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { createRunService, undoRequest } from "../../lib/runs/intake/service.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { type EngineRig, engines } from "./engines.ts";

const trigger = { kind: "terminal", by: "a test" } as const;
const noPlan = "0".repeat(64);

function brokenVm(): FakeVm {
  const fake = new FakeVm();
  if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
  fake.guest.registry["terminal-server/fDenyTSConnections"] = { type: "dword", data: 1 };
  fake.guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
  return fake;
}

describe.each(engines)("the engine $name", ({ openRig }) => {
  let rig: EngineRig;
  let fake: FakeVm;

  beforeEach(() => {
    rig = openRig();
    fake = brokenVm();
  });
  afterEach(() => rig.close());

  function aRun(intent: Run["intent"] = "repair", options: Partial<RunOptions> = {}, name = "vm-app-01"): Run {
    const all = { force: false, dryRun: false, maximumRisk: "interrupts-sessions" as const, sources: [], ...options };
    const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name };
    const created = createRun({ id: randomUUID(), vm, intent, options: all, trigger }, rig.now());
    if (!created.ok) throw new Error(created.problem.message);
    return created.value;
  }

  function undoOf(run: Run) {
    if (run.state !== "ended") throw new Error("it has ended");
    return undoRequest(run, randomUUID(), { force: false, trigger });
  }

  test("takes a run to its end", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun();
    await engine.start(run);
    expect((await settled(run.id)).outcome?.kind).toBe("repaired");
    expect(fake.executed).toHaveLength(2);
  });

  test("starting the same run twice is starting it once", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun();
    await Promise.all([engine.start(run), engine.start(run)]);
    await settled(run.id);
    await engine.start(run);
    expect((await settled(run.id)).outcome?.kind).toBe("repaired");
    expect(fake.executed).toHaveLength(2);
  });

  test("a run on a VM that another run holds fails and says which, and what that run does", async () => {
    const { engine, settled, until } = rig.open(fake);
    fake.onScript = () => "hangs";
    const first = aRun();
    await engine.start(first);
    await until(async () => fake.executed.length > 0);
    const second = aRun();
    await engine.start(second);
    const ended = await settled(second.id);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-claimed" } });
    expect(ended.outcome?.summary).toBe(
      `Run ${first.id} is working on this VM (collecting). Wait for it to end, or cancel it, then start again.`,
    );
  });

  test("a repair waits for the diagnosis that holds its VM, and no later diagnosis comes before it", async () => {
    const { engine, settled, until } = rig.open(fake);
    let released = false;
    fake.onScript = () => (released ? {} : "hangs");
    const first = aRun("diagnose");
    await engine.start(first);
    await until(async () => fake.executed.length > 0);
    const repair = aRun();
    await engine.start(repair);
    await until(async () => {
      const found = await engine.get(repair.id);
      return found.ok && found.value.wait !== null;
    });
    const late = aRun("diagnose");
    await engine.start(late);
    const refused = await settled(late.id);
    expect(refused.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-claimed" } });
    expect((await engine.get(repair.id)).ok).toBe(true);
    await engine.signal(first.id, { kind: "cancel", by: "a test" });
    released = true;
    expect((await settled(repair.id)).outcome?.kind).toBe("repaired");
  });

  test("goes on with what a killed engine left, and runs no script twice", async () => {
    const run = aRun();
    // Killed after each of its first steps in turn, ever later.
    for (let killAfter = 1; killAfter < 12; killAfter++) {
      let steps = 0;
      const opened = rig.open(fake, {
        onSaved() {
          steps += 1;
          if (steps === killAfter) void opened.kill();
        },
      });
      await opened.engine.start(run);
      await opened.engine.resume();
      await opened.settled(run.id);
      await opened.kill();
    }
    const last = rig.open(fake);
    await last.engine.resume();
    expect((await last.settled(run.id)).outcome?.kind).toBe("repaired");
    expect(fake.executed).toHaveLength(2);
  });

  test("goes on with a run when everything but the store was lost", async () => {
    const first = rig.open(fake);
    fake.onScript = () => "hangs";
    const run = aRun();
    await first.engine.start(run);
    await first.until(async () => fake.executed.length > 0);
    await first.kill();
    rig.forget();
    rig.pass(5 * 60_000);
    const second = rig.open(fake);
    await second.engine.resume();
    await second.until(async () => (await rig.store.get(run.id))?.run.state === "ended");
    expect(await second.settled(run.id)).toMatchObject({ outcome: { problem: { code: "script-timed-out" } } });
    expect(fake.executed).toHaveLength(1);
  });

  test("a decision wakes the run that awaits it", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun("repair", { maximumRisk: "none" });
    await engine.start(run);
    const waiting = await settled(run.id);
    expect(waiting.state).toBe("awaiting-approval");
    const other = await engine.signal(run.id, { kind: "decide", approved: true, by: "ada", planHash: noPlan });
    expect(other).toMatchObject({ ok: false, problem: { code: "plan-changed" } });
    const planHash = waiting.plan?.hash ?? "";
    const decided = await engine.signal(run.id, { kind: "decide", approved: true, by: "ada", planHash });
    expect(decided.ok).toBe(true);
    expect((await settled(run.id)).outcome?.kind).toBe("repaired");
  });

  test("a run that nobody decides on ends by itself", async () => {
    const { engine, settled, until } = rig.open(fake);
    const run = aRun("repair", { maximumRisk: "none" });
    await engine.start(run);
    const { decideBy } = await settled(run.id);
    await until(async () => (await rig.store.get(run.id))?.run.state === "ended");
    expect((await settled(run.id)).outcome?.kind).toBe("cancelled");
    expect(rig.now().toISOString() >= String(decideBy)).toBe(true);
  });

  test("a cancelled run ends without a change, and its script is left alone until its deadline", async () => {
    const { engine, settled, until } = rig.open(fake);
    fake.onScript = () => "hangs";
    const run = aRun();
    await engine.start(run);
    await until(async () => fake.executed.length > 0);
    expect(await engine.signal(run.id, { kind: "cancel", by: "ada" })).toMatchObject({ ok: true });
    const ended = await settled(run.id);
    expect(ended).toMatchObject({ outcome: { kind: "cancelled" }, claimed: false });
    expect(fake.deleted).toEqual([]);
    await until(async () => fake.deleted.length > 0);
    expect(fake.deleted).toEqual(fake.executed);
    expect(rig.now().toISOString() >= String(ended.cleanup[0]?.awaitUntil)).toBe(true);
  });

  test("a decision that nobody awaits is refused", async () => {
    const { engine, settled } = rig.open(fake);
    const run = aRun("diagnose");
    await engine.start(run);
    await settled(run.id);
    const decided = await engine.signal(run.id, { kind: "decide", approved: true, by: "ada", planHash: noPlan });
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
    const { engine, settled } = rig.open(fake);
    const run = aRun();
    await engine.start(run);
    const ended = await settled(run.id);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "internal" } });
    expect(ended.outcome?.problem?.detail).toContain("out of cheese");
  });

  test("of many runs only so many are at work at once, and all get their turn", async () => {
    const atWork = new Set<string>();
    let most = 0;
    const { engine, settled } = rig.open(fake, {
      runsAtWork: 3,
      onSaved({ id, state }) {
        if (state === "queued" || state === "ended") atWork.delete(id);
        else atWork.add(id);
        most = Math.max(most, atWork.size);
      },
    });
    const runs = Array.from({ length: 8 }, (_, number) => aRun("diagnose", {}, `vm-${number}`));
    for (const run of runs) await engine.start(run);
    for (const run of runs) expect((await settled(run.id)).state).toBe("ended");
    expect(most).toBe(3);
    expect(fake.executed).toHaveLength(8);
  });

  test("of many plans that are approved at once only so many are carried out at once", async () => {
    const changing = new Set<string>();
    let most = 0;
    const { engine, settled } = rig.open(fake, {
      runsAtWork: 2,
      onSaved({ id, state, claimed }) {
        if (state === "applying" && claimed) changing.add(id);
        else changing.delete(id);
        most = Math.max(most, changing.size);
      },
    });
    const runs = Array.from({ length: 6 }, (_, number) => aRun("repair", { maximumRisk: "none" }, `vm-${number}`));
    for (const run of runs) await engine.start(run);
    const plans = [];
    for (const { id } of runs) plans.push(await settled(id));
    expect(plans.map(({ state }) => state)).toEqual(runs.map(() => "awaiting-approval"));
    for (const waiting of plans) {
      const { id } = waiting;
      await engine.signal(id, { kind: "decide", approved: true, by: "grace", planHash: waiting.plan?.hash ?? "" });
    }
    for (const { id } of runs) expect((await settled(id)).state).toBe("ended");
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  test("a run that awaits its decision keeps no other from work", async () => {
    const { engine, settled } = rig.open(fake, { runsAtWork: 1 });
    const patient = aRun("repair", { maximumRisk: "none" });
    await engine.start(patient);
    expect((await settled(patient.id)).state).toBe("awaiting-approval");
    for (const name of ["vm-app-01", "vm-app-02"]) {
      const other = aRun("diagnose", {}, name);
      await engine.start(other);
      expect(await settled(other.id)).toMatchObject({ state: "ended", outcome: { kind: "advised" } });
    }
    expect((await settled(patient.id)).state).toBe("awaiting-approval");
  });

  describe("a weakened setting", () => {
    const weakening = {
      remediations: ["weaken-network-level-authentication"],
      maximumRisk: "weakens-security",
    } as const;
    let run: Run;

    /** The VM has it weakened, and restores it when it is asked to. */
    beforeEach(() => {
      fake = new FakeVm();
      if (isUnreadable(fake.repaired.registry)) throw new Error("the fixture is readable");
      fake.repaired.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
      fake.onScript = (script) => {
        if (script === "undo") fake.guest = new FakeVm().guest;
        return {};
      };
      run = aRun("repair", { ...weakening, remediations: [...weakening.remediations] });
    });

    test("is restored in time, and keeps no place at work meanwhile", async () => {
      const { engine, settled, until } = rig.open(fake, { runsAtWork: 1 });
      await engine.start(run);
      const open = await settled(run.id);
      expect(open).toMatchObject({ state: "weakened", claimed: true });
      const other = aRun("diagnose", {}, "vm-app-02");
      await engine.start(other);
      expect((await settled(other.id)).state).toBe("ended");
      // The VM itself is taken until the end.
      const second = aRun("diagnose");
      await engine.start(second);
      expect(await settled(second.id)).toMatchObject({
        outcome: {
          summary: expect.stringContaining(`Run ${run.id} keeps a setting of this VM weakened. Undo that run`),
          problem: { code: "vm-claimed" },
        },
      });
      await until(async () => (await rig.store.get(run.id))?.run.state === "ended");
      expect((await settled(run.id)).outcome?.kind).toBe("undone");
      expect(rig.now().toISOString() >= String(open.weakening?.until)).toBe(true);
    });

    test("is restored by an engine that finds it overdue when all but the store was lost", async () => {
      const first = rig.open(fake);
      await first.engine.start(run);
      await first.settled(run.id);
      await first.kill();
      rig.forget();
      rig.pass(24 * 60 * 60_000);
      const second = rig.open(fake);
      await second.engine.resume();
      await second.until(async () => (await rig.store.get(run.id))?.run.state === "ended");
      expect((await second.settled(run.id)).outcome?.kind).toBe("undone");
      expect(fake.executed.filter((name) => name.includes("-undo-"))).toHaveLength(1);
    });

    test("is restored at once when the run is undone, and by no other run", async () => {
      const { engine, settled } = rig.open(fake);
      const service = createRunService(engine, () => rig.now(), randomUUID);
      await engine.start(run);
      const open = await settled(run.id);
      const undo = await service.undo(run.id, { force: false, trigger });
      expect(undo).toMatchObject({ ok: true, value: { id: run.id } });
      expect((await settled(run.id)).outcome?.kind).toBe("undone");
      expect(rig.now().toISOString() < String(open.weakening?.until)).toBe(true);
    });
  });

  test("an undo is undone like any other run", async () => {
    const { engine, settled } = rig.open(fake);
    const service = createRunService(engine, () => rig.now(), randomUUID);
    const undoes: (string | null)[] = [];
    fake.onScript = (script, request) => {
      if (script !== "undo") return {};
      undoes.push(request.undoes);
      return { receipts: [{ kind: "set-registry-value", target: "fDenyTSConnections", changed: true, note: null }] };
    };
    const repaired = aRun();
    await engine.start(repaired);
    await settled(repaired.id);
    const first = await service.undo(repaired.id, { force: false, trigger });
    if (!first.ok) throw new Error(first.problem.message);
    expect((await settled(first.value.id)).outcome?.kind).toBe("undone");
    const second = await service.undo(first.value.id, { force: false, trigger });
    if (!second.ok) throw new Error(second.problem.message);
    expect((await settled(second.value.id)).outcome?.kind).toBe("undone");
    expect(undoes).toEqual([repaired.id, first.value.id]);
  });

  test("a run that took itself back leaves nothing to undo", async () => {
    const { engine, settled } = rig.open(fake);
    const service = createRunService(engine, () => rig.now(), randomUUID);
    fake.repaired = fake.guest;
    const run = aRun();
    await engine.start(run);
    expect((await settled(run.id)).outcome?.kind).toBe("not-repaired");
    expect(await service.undo(run.id, { force: false, trigger })).toMatchObject({
      ok: false,
      problem: { code: "run-not-undoable" },
    });
  });

  test("undoes a run by its id, once it has ended and changed something", async () => {
    const { engine, settled } = rig.open(fake);
    const service = createRunService(engine, () => rig.now(), randomUUID);
    const repaired = aRun();
    await engine.start(repaired);
    await settled(repaired.id);
    const undo = await service.undo(repaired.id, { force: false, trigger });
    if (!undo.ok) throw new Error(undo.problem.message);
    expect((await settled(undo.value.id)).outcome?.kind).toBe("undone");

    const looked = aRun("diagnose");
    await engine.start(looked);
    expect(undoOf(await settled(looked.id))).toMatchObject({
      ok: false,
      problem: { code: "run-not-undoable" },
    });
  });
});
