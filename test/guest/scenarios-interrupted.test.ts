import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Change } from "../../lib/core/change.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { comparable } from "../../sandbox/windows/comparable.ts";
import { seamFunctions } from "../../sandbox/windows/seam-functions.ts";
import type { WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { ask, guests, look, runId, some, spread, windowsWith } from "./scenarios-rig.ts";

/** From now on, what happens at the `nth` call that changes something; later calls pass, or fail too when `forGood`. */
function interruptAt(windows: WindowsSimulator, nth: number, { forGood }: { forGood: boolean }): void {
  let calls = 0;
  windows.onCall = (name) => {
    if (forGood && calls >= nth) throw new Error("killed");
    if (seamFunctions[name].changes) calls += 1;
    if (calls === nth && seamFunctions[name].changes) throw new Error(forGood ? "killed" : "failed as it was told to");
  };
}

function letGo(windows: WindowsSimulator): void {
  windows.onCall = () => {};
}

async function countCalls(windows: WindowsSimulator, work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  windows.onCall = (name) => {
    if (seamFunctions[name].changes) calls += 1;
  };
  await work();
  letGo(windows);
  return calls;
}

/** A script whose every call fails still answers, or says nothing at all, like one that is gone. */
async function askDying(...asked: Parameters<typeof ask>): Promise<void> {
  await ask(...asked).catch(() => null);
}

interface Rig {
  guest: Guest;
  windows: WindowsSimulator;
  changes: Change[];
  broken: ReturnType<typeof comparable>;
}

async function broken(guest: Guest, scenario: Scenario): Promise<Rig> {
  const windows = windowsWith(...scenario.faults);
  const changes = scenario.changes(await look(modelledGuest, windows));
  return { guest, windows, changes, broken: comparable(windows.state) };
}

function apply({ guest, windows, changes }: Rig, step = "apply-1") {
  return ask(guest, windows, "apply", { runId: runId(1), step, changes });
}

function undo({ guest, windows }: Rig, step = "undo-1") {
  return ask(guest, windows, "undo", { runId: runId(2), step, undoes: runId(1) });
}

/** The calls before which to interrupt, of so many. */
type Points = (calls: number) => readonly number[];

/** What hung and was ended stays ended, whatever is taken back. */
const exact = scenarios.filter((scenario) => !scenario.undoIsNotExact);

async function failEverywhere(guest: Guest, scenario: Scenario, points: Points): Promise<void> {
  const measured = await broken(guest, scenario);
  const calls = await countCalls(measured.windows, () => apply(measured));
  const repaired = comparable(measured.windows.state);
  const undoCalls = await countCalls(measured.windows, () => undo(measured));
  for (const nth of points(calls)) {
    const rig = await broken(guest, scenario);
    interruptAt(rig.windows, nth, { forGood: false });
    const { reply } = await apply(rig);
    expect(["rolled-back", "refused"], `apply, call ${nth}: ${reply.reason}`).toContain(reply.status);
    expect(comparable(rig.windows.state), `apply, call ${nth}`).toEqual(rig.broken);
  }
  for (const nth of points(undoCalls)) {
    const rig = await broken(guest, scenario);
    await apply(rig);
    interruptAt(rig.windows, nth, { forGood: false });
    const { reply } = await undo(rig);
    expect(["rolled-back", "refused"], `undo, call ${nth}: ${reply.reason}`).toContain(reply.status);
    expect(comparable(rig.windows.state), `undo, call ${nth}`).toEqual(repaired);
  }
}

/** Killed before its `nth` changing call, and asked again: either nothing was begun, or it is taken back. */
async function killEverywhere(guest: Guest, scenario: Scenario, points: Points): Promise<void> {
  const measured = await broken(guest, scenario);
  const calls = await countCalls(measured.windows, () => apply(measured));
  const repaired = comparable(measured.windows.state);
  const undoCalls = await countCalls(measured.windows, () => undo(measured));
  for (const nth of points(calls)) {
    const rig = await broken(guest, scenario);
    interruptAt(rig.windows, nth, { forGood: true });
    await askDying(guest, rig.windows, "apply", { runId: runId(1), step: "apply-1", changes: rig.changes });
    letGo(rig.windows);
    const { reply } = await apply(rig);
    const state = comparable(rig.windows.state);
    expect(state, `apply, call ${nth}: ${reply.status}`).toEqual(reply.status === "done" ? repaired : rig.broken);
    const { reply: again } = await apply(rig, "apply-2");
    expect(["done", "refused"], `apply again, call ${nth}: ${again.reason}`).toContain(again.status);
    expect(scenario.cured(await look(modelledGuest, rig.windows)), `apply again, call ${nth}`).toBe(true);
  }
  for (const nth of points(undoCalls)) {
    const rig = await broken(guest, scenario);
    await apply(rig);
    interruptAt(rig.windows, nth, { forGood: true });
    await askDying(guest, rig.windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
    letGo(rig.windows);
    const { reply } = await undo(rig);
    const state = comparable(rig.windows.state);
    expect(state, `undo, call ${nth}: ${reply.status}`).toEqual(reply.status === "done" ? rig.broken : repaired);
    if (reply.status !== "done") await undo(rig, "undo-2");
    expect(comparable(rig.windows.state), `undo again, call ${nth}`).toEqual(rig.broken);
  }
}

describe.each(guests)("$name", ({ guest, skip }) => {
  const hardest = some(guest, exact, 1);
  const points: Points = (calls) =>
    spread(
      guest,
      Array.from({ length: calls }, (_, at) => at + 1),
      3,
    );

  describe.skipIf(skip)("interrupted", { timeout: 600_000 }, () => {
    test.each(hardest)("a failure leaves the former state: $name", async (scenario) => {
      await failEverywhere(guest, scenario, points);
    });

    test.each(hardest)("a kill is recovered from: $name", async (scenario) => {
      await killEverywhere(guest, scenario, points);
    });
  });
});

describe("modelled guest", () => {
  test("a second kill, in the middle of the recovery, is recovered from", async () => {
    const anywhere = fc.record({
      scenario: fc.constantFrom(...exact),
      first: fc.integer({ min: 1, max: 60 }),
      second: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(anywhere, async ({ scenario, first, second }) => {
        const rig = await broken(modelledGuest, scenario);
        const request = { runId: runId(1), step: "apply-1", changes: rig.changes };
        interruptAt(rig.windows, first, { forGood: true });
        await askDying(modelledGuest, rig.windows, "apply", request);
        interruptAt(rig.windows, second, { forGood: true });
        await askDying(modelledGuest, rig.windows, "apply", request);
        letGo(rig.windows);
        const { reply } = await apply(rig, "apply-2");
        expect(["done", "refused"]).toContain(reply.status);
        expect(scenario.cured(await look(modelledGuest, rig.windows))).toBe(true);
        expect((await undo(rig)).reply.status).toBe("done");
        expect(comparable(rig.windows.state)).toEqual(rig.broken);
      }),
      { numRuns: 200 },
    );
  });
});
