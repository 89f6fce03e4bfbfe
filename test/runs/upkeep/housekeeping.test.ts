import { expect, test } from "vitest";
import { ok } from "../../../lib/core/problem.ts";
import type { Run } from "../../../lib/core/run.ts";
import { openSqliteStore } from "../../../lib/local/sqlite-store.ts";
import { createRun } from "../../../lib/runs/intake/create-run.ts";
import { keepHouse } from "../../../lib/runs/upkeep/housekeeping.ts";
import { lifetimeMs } from "../../../lib/runs/upkeep/sweep.ts";
import { FakeClock } from "../../fixtures/clock.ts";

const day = 24 * 60 * 60_000;

function aRun(number: number, at: Date, changes: Partial<Run> = {}): Run {
  const created = createRun(
    {
      id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm-app-01" },
      intent: "diagnose",
      options: { force: false, dryRun: false, requestAccess: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "terminal", by: "a test" },
    },
    at,
  );
  if (!created.ok) throw new Error(created.problem.message);
  return { ...created.value, ...changes };
}

test("housekeeping goes on with runs, deletes Run Commands that were left behind, and forgets old runs", async () => {
  const clock = new FakeClock();
  const ago = (ms: number) => new Date(clock.now().getTime() - ms);
  const store = openSqliteStore(":memory:");
  await store.create(aRun(1, ago(91 * day), { state: "ended" }));
  await store.create(aRun(2, ago(day / 2), { state: "ended" }));
  const name = `rdpfix-${aRun(2, clock.now()).id}-collect-1`;
  const done: string[] = [];
  await keepHouse({
    engine: { resume: async () => void done.push("resumed") },
    sweeper: { leftovers: async () => ok([{ name, startedAt: ago(lifetimeMs).toISOString() }]) },
    channel: {
      async discard(_, discarded) {
        done.push(discarded);
        return ok("discarded");
      },
    },
    store,
    keepRunsDays: 90,
    now: () => clock.now(),
  });
  expect(done).toEqual(["resumed", name]);
  expect((await store.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([aRun(2, clock.now()).id]);
  store.close();
});
