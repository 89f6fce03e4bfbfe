import { beforeEach, describe, expect, test } from "vitest";
import { fail, ok, type Result } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { openSqliteStore, type SqliteStore } from "../../../lib/local/sqlite-store.ts";
import { sweepLeftovers } from "../../../lib/runs/maintenance/clean-up-run-commands.ts";
import type { HeldRunCommand } from "../../../lib/runs/ports.ts";
import { lifetimeMs } from "../../../lib/runs/spent-run-commands.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { heldRunCommand } from "../../fixtures/held-run-command.ts";
import { storedRun } from "../../fixtures/stored-run.ts";

const minute = 60_000;
/** Before and after the fixtures' time. */
const before = "2026-11-21T07:00:00.000Z";
const ahead = "2026-11-22T07:00:00.000Z";
const foreignId = "00000000-0000-4000-8000-00000000beef";

describe("the sweep of Run Commands", () => {
  let clock: FakeClock;
  let store: SqliteStore;
  let left: HeldRunCommand[];
  let asked: string[];
  let discarded: string[];

  beforeEach(() => {
    clock = new FakeClock();
    store = openSqliteStore(":memory:");
    left = [];
    asked = [];
    discarded = [];
  });

  const ago = (ms: number) => new Date(clock.now().getTime() - ms).toISOString();
  const pass = (ms: number) => clock.passTo(new Date(clock.now().getTime() + ms));

  async function aRun(number: number, changes: Partial<Run> = {}, name = "vm-app-01"): Promise<Run> {
    const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name };
    const run = storedRun(number, { vm, ...changes }, clock.now());
    await store.create(run);
    return run;
  }

  function sweep(listing?: () => Promise<Result<typeof left>>): Promise<void> {
    return sweepLeftovers({
      store,
      now: () => clock.now(),
      runCommands: {
        async list(vm) {
          asked.push(vm.name);
          return listing ? listing() : ok(left);
        },
      },
      channel: {
        async discard(_, name) {
          discarded.push(name);
          return ok("discarded");
        },
      },
    });
  }

  test("goes through thousands of VMs in parts, so that lost runs are looked for meanwhile", async () => {
    for (let number = 1; number <= 9; number += 1) await aRun(number, {}, `vm-${number}`);
    const slow = async () => {
      pass(10_000);
      return ok(left);
    };
    await sweep(slow);
    expect(asked).toHaveLength(2);
    for (let part = 0; part < 4; part += 1) await sweep(slow);
    expect(asked.toSorted()).toEqual(Array.from({ length: 9 }, (_, index) => `vm-${index + 1}`));
    // The hour is not over.
    await sweep(slow);
    expect(asked).toHaveLength(9);
  });

  test("deletes what has outlived its time, whoever made it, and leaves what may be at work", async () => {
    await aRun(1);
    left = [
      heldRunCommand(`rdpfix-${foreignId}-apply-1`, { startedAt: ago(lifetimeMs) }),
      heldRunCommand(`rdpfix-${foreignId}-apply-2`, { startedAt: ago(lifetimeMs - 1) }),
    ];
    await sweep();
    expect(discarded).toEqual([`rdpfix-${foreignId}-apply-1`]);
  });

  test("judges one of which Azure tells no time by its run", async () => {
    const ended = await aRun(1, { state: "ended" });
    const atWork = await aRun(2, { state: "collecting" });
    left = [ended.id, atWork.id, foreignId].map((id) => heldRunCommand(`rdpfix-${id}-collect-1`));
    await sweep();
    expect(discarded).toEqual([]);
    pass(Math.max(lifetimeMs, 60 * minute));
    await sweep();
    expect(discarded).toEqual([`rdpfix-${ended.id}-collect-1`]);
  });

  test.each<[string, Partial<HeldRunCommand>, Partial<Run>, boolean]>([
    ["is not ours", { isOurs: false, hasEnded: true, startedAt: "2020-01-01T00:00:00Z" }, {}, false],
    ["may be at work, as its tag says", { state: "Running", deadline: ahead }, { state: "ended" }, false],
    ["never ended, and its deadline is over", { state: "Running", deadline: before }, { state: "collecting" }, true],
    ["never started, and its deadline is over", { state: "Pending", deadline: before }, {}, true],
    ["has ended before its deadline, after its run", { hasEnded: true, deadline: ahead }, { state: "ended" }, true],
    ["has ended, and its run reads it", { hasEnded: true, deadline: ahead }, { state: "applying" }, false],
    [
      "has ended, and its run still looks for its late reply",
      { hasEnded: true, deadline: ahead },
      { state: "ended", cleanup: [{ step: "apply-1", script: "apply", awaitUntil: ahead }] },
      false,
    ],
    [
      "has ended and was read, in a run that goes on",
      { hasEnded: true, deadline: ahead },
      { state: "applying", cleanup: [{ step: "apply-1", script: "apply", awaitUntil: null }] },
      true,
    ],
  ])("one that %s: deleted only when nothing awaits it", async (_, changes, ofRun, isDeleted) => {
    const run = await aRun(1, ofRun);
    left = [heldRunCommand(`rdpfix-${run.id}-apply-1`, changes)];
    await sweep();
    expect(discarded).toEqual(isDeleted ? [left[0]?.name] : []);
  });

  test("one that has ended is left to the installation that made it, until its deadline", async () => {
    await aRun(1);
    left = [heldRunCommand(`rdpfix-${foreignId}-apply-1`, { hasEnded: true, deadline: ahead })];
    await sweep();
    expect(discarded).toEqual([]);
  });

  test("asks each VM of the last day once an hour", async () => {
    await aRun(1, { createdAt: ago(25 * 60 * minute) }, "vm-old");
    await aRun(2);
    await aRun(3);
    await aRun(4, {}, "vm-app-02");
    await sweep();
    expect(asked.sort()).toEqual(["vm-app-01", "vm-app-02"]);
    pass(59 * minute);
    await sweep();
    expect(asked).toHaveLength(2);
    pass(minute);
    await sweep();
    expect(asked).toHaveLength(4);
  });

  test("goes on to the next VM when one cannot be read", async () => {
    await aRun(1);
    await aRun(2, {}, "vm-app-02");
    await sweep(async () => fail("azure-unavailable", "No.", { retryable: true }));
    expect(asked).toHaveLength(2);
  });
});
