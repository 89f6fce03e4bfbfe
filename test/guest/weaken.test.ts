import { describe, expect, test } from "vitest";
import type { WeakenRegistryValue } from "../../lib/core/change.ts";
import { registryPath } from "../../lib/core/registry-value.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows, type WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { ask, changes, gist, guests, look, restart, rigTime, runId, spread, weaken } from "./scenarios-rig.ts";

const nla = registryPath("rdp-tcp/UserAuthentication");
const minute = 60_000;

interface Rig {
  readonly windows: WindowsSimulator;
  readonly former: ReturnType<typeof comparableState>;
  /** Lets time pass in the VM and at the service alike. */
  pass(minutes: number): void;
  /** Within what a request may last, seen from the present. */
  notAfter(): string;
}

function rig(edit: (state: WindowsState) => void = () => {}): Rig {
  let now = rigTime.getTime();
  const state = healthyWindows();
  edit(state);
  const windows = simulateWindows(state, { now: () => new Date(now) });
  return {
    windows,
    former: comparableState(windows.state),
    pass: (minutes) => {
      now += minutes * minute;
    },
    notAfter: () => new Date(now + 10 * minute).toISOString(),
  };
}

const weakenNla = changes(weaken("rdp-tcp/UserAuthentication", 0), restart);

async function apply(guest: Guest, { windows, notAfter }: Rig) {
  const list = weakenNla(await look(modelledGuest, windows));
  return send(guest, windows, { runId: runId(1), step: "apply-1", notAfter: notAfter(), changes: list });
}

async function send(guest: Guest, windows: WindowsSimulator, request: Parameters<typeof ask>[3]) {
  return (await ask(guest, windows, "apply", request)).reply;
}

async function undo(
  guest: Guest,
  { windows, notAfter }: Rig,
  { run = 2, step = "undo-1", undoes = 1, force = false } = {},
) {
  const request = { runId: runId(run), step, notAfter: notAfter(), undoes: runId(undoes), force };
  return (await ask(guest, windows, "undo", request)).reply;
}

function isWeakened({ windows }: Rig): boolean {
  return windows.state.registry[nla]?.data === 0;
}

function taskOf({ windows }: Rig) {
  return windows.state.restoreTasks.find(({ value }) => value === "UserAuthentication") ?? null;
}

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("weakening for a time", () => {
    test("the task is registered before the value is weakened, and both are gone after an undo", async () => {
      const one = rig();
      const calls: string[] = [];
      one.windows.onCall = (name) => calls.push(name);
      expect(await apply(guest, one)).toMatchObject({
        status: "done",
        receipts: [{ changed: true }, { changed: true }],
      });
      expect(calls.indexOf("Register-RestoreTask")).toBeGreaterThan(0);
      expect(calls.indexOf("Register-RestoreTask")).toBeLessThan(calls.indexOf("Set-RegistryData"));
      expect(isWeakened(one)).toBe(true);
      expect(taskOf(one)).toMatchObject({ weakened: 0, former: 1, until: "2026-11-21T09:00:00.000Z" });
      expect(await undo(guest, one)).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("the VM restores the value by itself when the service never comes back", async () => {
      const one = rig();
      await apply(guest, one);
      one.pass(59);
      expect(isWeakened(one)).toBe(true);
      one.pass(1);
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("a VM that was off at that time restores the value when it starts", async () => {
      const one = rig();
      await apply(guest, one);
      one.pass(60 * 24 * 30);
      one.windows.reboot();
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("a value that was absent is absent again, by the undo and by the VM itself", async () => {
      const absent = (state: WindowsState) => {
        delete state.registry[nla];
      };
      const undone = rig(absent);
      await apply(guest, undone);
      expect(isWeakened(undone)).toBe(true);
      expect(await undo(guest, undone)).toMatchObject({ status: "done", conflicts: [] });
      expect(comparableState(undone.windows.state)).toEqual(undone.former);
      const left = rig(absent);
      await apply(guest, left);
      left.pass(60);
      expect(comparableState(left.windows.state)).toEqual(left.former);
    });

    test("an undo after the VM has restored the value finds nothing to do, no conflict, and throws nobody off", async () => {
      const one = rig();
      await apply(guest, one);
      one.pass(61);
      one.windows.state.sessions.active = 1;
      const reply = await undo(guest, one);
      expect(reply).toMatchObject({ status: "done", conflicts: [] });
      expect(reply.receipts.map(({ changed }) => changed)).toEqual([false, false]);
      expect(one.windows.state.sessions.active).toBe(1);
      expect(await undo(guest, one, { run: 3 })).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("what somebody else has set since is left alone by the VM and by the undo", async () => {
      const one = rig();
      await apply(guest, one);
      one.windows.state.registry[nla] = { type: "dword", data: 7 };
      one.pass(60);
      expect(one.windows.state.registry[nla]?.data).toBe(7);
      expect(taskOf(one)).toBeNull();
      expect(await undo(guest, one)).toMatchObject({
        status: "done",
        conflicts: [expect.stringContaining("UserAuthentication")],
      });
      expect(one.windows.state.registry[nla]?.data).toBe(7);
    });

    test("the same again changes nothing, and does not move the deadline", async () => {
      const one = rig();
      const list = weakenNla(await look(modelledGuest, one.windows));
      await send(guest, one.windows, { runId: runId(1), step: "apply-1", changes: list });
      const task = taskOf(one);
      one.pass(5);
      const reply = await send(guest, one.windows, { runId: runId(1), step: "apply-2", changes: list });
      expect(reply).toMatchObject({ status: "done", receipts: [{ changed: false }, { changed: false }] });
      expect(taskOf(one)).toEqual(task);
    });

    test.each([[false], [true]])("no undo weakens again what was restored, forced: %s", async (force) => {
      const one = rig();
      await apply(guest, one);
      await undo(guest, one);
      const reply = await undo(guest, one, { run: 3, undoes: 2, force });
      expect(reply).toMatchObject({ status: "refused", receipts: [], reason: expect.stringContaining("weaken") });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("without a task nothing is weakened", async () => {
      const one = rig();
      one.windows.failOn("Register-RestoreTask", 1);
      const receipts = [{ kind: "weaken-registry-value", changed: false }];
      expect(await apply(guest, one)).toMatchObject({ status: "rolled-back", receipts, conflicts: [] });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("group policy is never fought", async () => {
      const one = rig((state) => {
        state.registry[registryPath("policy/UserAuthentication")] = { type: "dword", data: 1 };
      });
      expect(await apply(guest, one)).toMatchObject({ status: "refused", reason: expect.stringContaining("policy") });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });

    test("a task of another run is never replaced", async () => {
      const one = rig((state) => {
        state.restoreTasks = [{ value: "UserAuthentication", weakened: 0, former: 1, until: "now+10m" }];
      });
      expect(await apply(guest, one)).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(one.windows.state)).toEqual(one.former);
    });
  });

  describe.skipIf(skip)("interrupted while weakening", () => {
    /** Stops at the `nth` changing call: fails there, or is killed and never comes back. */
    function stopAt({ windows }: Rig, nth: number, killed: boolean): void {
      let calls = 0;
      windows.onCall = (name) => {
        if (killed && calls >= nth) throw new Error("killed");
        if (adapterFunctions[name].changes) calls += 1;
        if (calls === nth && adapterFunctions[name].changes) throw new Error("stopped");
      };
    }

    async function countCalls({ windows }: Rig, work: () => Promise<unknown>): Promise<number[]> {
      let calls = 0;
      windows.onCall = (name) => {
        if (adapterFunctions[name].changes) calls += 1;
      };
      await work();
      windows.onCall = () => {};
      return Array.from({ length: calls }, (_, at) => at + 1);
    }

    function expectWatched(one: Rig, when: string): void {
      expect(!isWeakened(one) || taskOf(one) !== null, `${when}: weakened without a task`).toBe(true);
    }

    test.each([[true], [false]])("there is always a task that restores, killed: %s", async (killed) => {
      const measured = rig();
      const applyCalls = await countCalls(measured, () => apply(guest, measured));
      const undoCalls = await countCalls(measured, () => undo(guest, measured));
      for (const nth of spread(guest, applyCalls, 4)) {
        const one = rig();
        stopAt(one, nth, killed);
        await apply(guest, one).catch(() => null);
        one.windows.onCall = () => {};
        expectWatched(one, `apply, call ${nth}`);
        one.pass(61);
        expect(comparableState(one.windows.state).registry, `apply, call ${nth}`).toEqual(one.former.registry);
        expect(taskOf(one)).toBeNull();
      }
      for (const nth of spread(guest, undoCalls, 4)) {
        const one = rig();
        await apply(guest, one);
        stopAt(one, nth, killed);
        await undo(guest, one).catch(() => null);
        one.windows.onCall = () => {};
        expectWatched(one, `undo, call ${nth}`);
        // The same once more, as the service does; what is left after that, it asks for anew.
        const again = await undo(guest, one);
        if (again.status !== "done") await undo(guest, one, { step: "undo-2" });
        expect(comparableState(one.windows.state), `undo again, call ${nth}`).toEqual(one.former);
      }
    });
  });
});

test.each([
  ["to data that no list holds", { to: { type: "dword", data: 2 } }],
  ["to RDP's own security", { value: "rdp-tcp/SecurityLayer", to: { type: "dword", data: 0 } }],
  ["from what no task could restore", { was: { type: "string", data: "1" } }],
] as [string, Partial<WeakenRegistryValue>][])("the guests refuse to weaken %s", async (_, forged) => {
  for (const { guest, skip } of guests) {
    if (skip) continue;
    const one = rig();
    const [change] = weakenNla(await look(modelledGuest, one.windows));
    const list = [{ ...(change as WeakenRegistryValue), ...forged }];
    const reply = await send(guest, one.windows, { runId: runId(1), step: "apply-1", changes: list });
    expect(gist(reply)).toMatchObject({ status: "refused", receipts: [], reason: true });
    expect(comparableState(one.windows.state)).toEqual(one.former);
  }
});
