import { expect } from "vitest";
import type { Change } from "../../lib/core/change.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import type { Scenario } from "./scenarios.ts";
import { ask, look, runId, windowsWith } from "./scenarios-rig.ts";

/* What can come between a script and its end, before each of its calls that change something in turn. */

/** From now on, what happens at the `nth` call that changes something; later calls pass, or fail too when `forGood`. */
export function interruptAt(windows: WindowsSimulator, nth: number, { forGood }: { forGood: boolean }): void {
  let calls = 0;
  windows.onCall = (name) => {
    if (forGood && calls >= nth) throw new Error("killed");
    if (adapterFunctions[name].changes) calls += 1;
    if (calls === nth && adapterFunctions[name].changes)
      throw new Error(forGood ? "killed" : "failed as it was told to");
  };
}

export function letGo(windows: WindowsSimulator): void {
  windows.onCall = () => {};
}

async function countCalls(windows: WindowsSimulator, work: () => Promise<unknown>): Promise<number> {
  let calls = 0;
  windows.onCall = (name) => {
    if (adapterFunctions[name].changes) calls += 1;
  };
  await work();
  letGo(windows);
  return calls;
}

/** A script whose every call fails still answers, or says nothing at all, like one that is gone. */
export async function askDying(...asked: Parameters<typeof ask>): Promise<void> {
  await ask(...asked).catch(() => null);
}

interface Rig {
  guest: Guest;
  windows: WindowsSimulator;
  changes: Change[];
  broken: ReturnType<typeof comparableState>;
}

const planned = new WeakMap<Scenario, Change[]>();

/** The changes are worked out by the first look of each scenario: every one starts from the same Windows. */
async function changesFor(scenario: Scenario): Promise<Change[]> {
  const known = planned.get(scenario) ?? scenario.changes(await look(modelledGuest, windowsWith(...scenario.faults)));
  planned.set(scenario, known);
  return known;
}

export async function broken(guest: Guest, scenario: Scenario): Promise<Rig> {
  const windows = windowsWith(...scenario.faults);
  const changes = await changesFor(scenario);
  return { guest, windows, changes, broken: comparableState(windows.state) };
}

export function apply({ guest, windows, changes }: Rig, step = "apply-1") {
  return ask(guest, windows, "apply", { runId: runId(1), step, changes });
}

export function undo({ guest, windows }: Rig, step = "undo-1") {
  return ask(guest, windows, "undo", { runId: runId(2), step, undoes: runId(1) });
}

/** The calls before which to interrupt, of so many. */
export type Points = (calls: number) => readonly number[];

/** Each call that changes something fails in turn, in the work and in its undo: the former state is there exactly. */
export async function failEverywhere(guest: Guest, scenario: Scenario, points: Points): Promise<void> {
  const measured = await broken(guest, scenario);
  const calls = await countCalls(measured.windows, () => apply(measured));
  const repaired = comparableState(measured.windows.state);
  const undoCalls = await countCalls(measured.windows, () => undo(measured));
  for (const nth of points(calls)) {
    const rig = await broken(guest, scenario);
    interruptAt(rig.windows, nth, { forGood: false });
    const { reply } = await apply(rig);
    expect(["rolled-back", "refused", "journal-unusable"], `apply, call ${nth}: ${reply.reason}`).toContain(
      reply.status,
    );
    expect(comparableState(rig.windows.state), `apply, call ${nth}`).toEqual(rig.broken);
  }
  for (const nth of points(undoCalls)) {
    const rig = await broken(guest, scenario);
    await apply(rig);
    interruptAt(rig.windows, nth, { forGood: false });
    const { reply } = await undo(rig);
    expect(["rolled-back", "refused", "journal-unusable"], `undo, call ${nth}: ${reply.reason}`).toContain(
      reply.status,
    );
    expectNotUndone(
      scenario,
      comparableState(rig.windows.state),
      { repaired, broken: rig.broken },
      `undo, call ${nth}`,
    );
  }
}

type Comparable = ReturnType<typeof comparableState>;

/** After an undo that failed all is as it was before it, but for what had been weakened and was restored: that stays so. */
function expectNotUndone(
  { weakens }: Scenario,
  state: Comparable,
  { repaired, broken }: { repaired: Comparable; broken: Comparable },
  what: string,
): void {
  if (!weakens) {
    expect(state, what).toEqual(repaired);
    return;
  }
  const withoutTask = ({ restoreTasks: _, ...rest }: Comparable) => rest;
  expect([withoutTask(repaired), withoutTask(broken)], what).toContainEqual(withoutTask(state));
}

/** Killed before its `nth` changing call, and asked again: either nothing was begun, or it is taken back. */
export async function killEverywhere(guest: Guest, scenario: Scenario, points: Points): Promise<void> {
  const measured = await broken(guest, scenario);
  const calls = await countCalls(measured.windows, () => apply(measured));
  const repaired = comparableState(measured.windows.state);
  const undoCalls = await countCalls(measured.windows, () => undo(measured));
  for (const nth of points(calls)) {
    const rig = await broken(guest, scenario);
    interruptAt(rig.windows, nth, { forGood: true });
    await askDying(guest, rig.windows, "apply", { runId: runId(1), step: "apply-1", changes: rig.changes });
    letGo(rig.windows);
    const { reply } = await apply(rig);
    const state = comparableState(rig.windows.state);
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
    const state = comparableState(rig.windows.state);
    const what = `undo, call ${nth}: ${reply.status}`;
    if (reply.status === "done") expect(state, what).toEqual(rig.broken);
    else expectNotUndone(scenario, state, { repaired, broken: rig.broken }, what);
    if (reply.status !== "done") await undo(rig, "undo-2");
    expect(comparableState(rig.windows.state), `undo again, call ${nth}`).toEqual(rig.broken);
  }
}
