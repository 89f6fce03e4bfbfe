import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../lib/local/sqlite-store.ts";
import { sweepLeftovers } from "../../../lib/runs/maintenance/clean-up-run-commands.ts";
import { forgetOldRuns } from "../../../lib/runs/maintenance/retention.ts";
import { sliceSize } from "../../../lib/runs/maintenance/slices.ts";
import { unfinishedRuns } from "../../../lib/runs/maintenance/unfinished-runs.ts";
import type { RunStore } from "../../../lib/runs/ports.ts";
import { storedRun } from "../../fixtures/stored-run.ts";

/* Periodic work over many runs is done in slices, between which requests are answered and runs are worked on. */

const runs = 150;
const created = new Date("2026-11-21T08:00:00Z");

/** The most runs that were read or deleted between two turns of the event loop. */
async function largestSlice(work: (store: RunStore) => Promise<void>, ended: boolean): Promise<number> {
  const store = openSqliteStore(":memory:");
  for (let number = 0; number < runs; number += 1) {
    await store.create(storedRun(number, ended ? { state: "ended" } : {}, created));
  }
  let slice = 0;
  let largest = 0;
  let done = 0;
  const count = (size: number) => {
    slice += size;
    done += size;
    largest = Math.max(largest, slice);
  };
  const counting: RunStore = {
    ...store,
    async list(query) {
      const page = await store.list(query);
      count(page.runs.length);
      return page;
    },
    async remove(run) {
      count(1);
      await store.remove(run);
    },
  };
  let isOver = false;
  const turns = (async () => {
    while (!isOver) {
      await setImmediate();
      slice = 0;
    }
  })();
  await work(counting);
  isOver = true;
  await turns;
  store.close();
  expect(done).toBeGreaterThanOrEqual(runs);
  return largest;
}

const later = () => new Date(created.getTime() + 400 * 24 * 3_600_000);
const soon = () => new Date(created.getTime() + 3_600_000);

test("retention", async () => {
  const forget = (store: RunStore) => forgetOldRuns({ store, keepRunsDays: 1, now: later });
  expect(await largestSlice(forget, true)).toBeLessThanOrEqual(sliceSize + 1);
});

test("the search for unfinished runs", async () => {
  const walk = async (store: RunStore) => {
    for await (const run of unfinishedRuns(store)) expect(run.state).not.toBe("ended");
  };
  expect(await largestSlice(walk, false)).toBeLessThanOrEqual(sliceSize);
});

test("the sweep of left-over Run Commands", async () => {
  const runCommands = { list: async () => ({ ok: true as const, value: [] }) };
  const channel = { discard: () => Promise.reject(new Error("There is nothing to discard.")) };
  const sweep = (store: RunStore) => sweepLeftovers({ store, runCommands, channel, now: soon });
  expect(await largestSlice(sweep, true)).toBeLessThanOrEqual(sliceSize);
});
