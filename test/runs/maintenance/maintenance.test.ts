import { expect, onTestFinished, test } from "vitest";
import { ok } from "../../../lib/core/problem.ts";
import { openSqliteStore } from "../../../lib/local/sqlite-store.ts";
import { type MaintenanceOptions, runMaintenance } from "../../../lib/runs/maintenance/maintenance.ts";
import { lifetimeMs } from "../../../lib/runs/spent-run-commands.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { heldRunCommand } from "../../fixtures/held-run-command.ts";
import { storedRun } from "../../fixtures/stored-run.ts";

const day = 24 * 60 * 60_000;

function aHouse(done: string[]) {
  const clock = new FakeClock();
  const ago = (ms: number) => new Date(clock.now().getTime() - ms);
  const store = openSqliteStore(":memory:");
  onTestFinished(() => store.close());
  const young = storedRun(2, { state: "ended" }, ago(day / 2));
  const name = `rdpfix-${young.id}-collect-1`;
  const house: MaintenanceOptions = {
    engine: { resume: async () => void done.push("resumed") },
    runCommands: { list: async () => ok([heldRunCommand(name, { startedAt: ago(lifetimeMs).toISOString() })]) },
    channel: {
      async discard(_, discarded) {
        done.push(discarded);
        return ok("discarded");
      },
    },
    store,
    keepRunsDays: 90,
    now: () => clock.now(),
  };
  const runs = [storedRun(1, { state: "ended" }, ago(91 * day)), young];
  return { house, store, runs, name, young };
}

test("maintenance goes on with runs, deletes Run Commands that were left behind, and forgets old runs", async () => {
  const done: string[] = [];
  const { house, store, runs, name, young } = aHouse(done);
  for (const run of runs) await store.create(run);
  await runMaintenance(house);
  expect(done).toEqual(["resumed", name]);
  expect((await store.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([young.id]);
});

test("what fails does not keep the rest from being done, and is told", async () => {
  const done: string[] = [];
  const { house, store, runs, name, young } = aHouse(done);
  for (const run of runs) await store.create(run);
  const resume = () => Promise.reject(new Error("run 7 cannot be resumed"));
  await expect(runMaintenance({ ...house, engine: { resume } })).rejects.toThrow("run 7");
  expect(done).toEqual([name]);
  expect((await store.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([young.id]);
});
