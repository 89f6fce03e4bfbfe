import { beforeEach, describe, expect, test } from "vitest";
import { fail, ok, type Result } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { openSqliteStore, type SqliteStore } from "../../../lib/local/sqlite-store.ts";
import { lifetimeMs, sweepLeftovers } from "../../../lib/runs/maintenance/clean-up-run-commands.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { storedRun } from "../../fixtures/stored-run.ts";

const minute = 60_000;
const foreignId = "00000000-0000-4000-8000-00000000beef";

describe("the sweep of Run Commands", () => {
  let clock: FakeClock;
  let store: SqliteStore;
  let left: { name: string; startedAt: string | null }[];
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

  function sweep(leftovers?: () => Promise<Result<typeof left>>): Promise<void> {
    return sweepLeftovers({
      store,
      now: () => clock.now(),
      runCommands: {
        async leftovers(vm) {
          asked.push(vm.name);
          return leftovers ? leftovers() : ok(left);
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

  test("deletes what has outlived its time, whoever made it, and leaves what may be at work", async () => {
    await aRun(1);
    left = [
      { name: `rdpfix-${foreignId}-apply-1`, startedAt: ago(lifetimeMs) },
      { name: `rdpfix-${foreignId}-apply-2`, startedAt: ago(lifetimeMs - 1) },
    ];
    await sweep();
    expect(discarded).toEqual([`rdpfix-${foreignId}-apply-1`]);
  });

  test("judges one of which Azure tells no time by its run", async () => {
    const ended = await aRun(1, { state: "ended" });
    const atWork = await aRun(2, { state: "collecting" });
    left = [ended.id, atWork.id, foreignId].map((id) => ({ name: `rdpfix-${id}-collect-1`, startedAt: null }));
    await sweep();
    expect(discarded).toEqual([]);
    pass(Math.max(lifetimeMs, 60 * minute));
    await sweep();
    expect(discarded).toEqual([`rdpfix-${ended.id}-collect-1`]);
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
