import { beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../../lib/core/run.ts";
import { vmKey } from "../../../lib/core/vm-id.ts";
import { openSqliteStore, type SqliteStore } from "../../../lib/local/sqlite-store.ts";
import { forgetOldRuns } from "../../../lib/runs/maintenance/retention.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { type RunChanges, storedRun } from "../../fixtures/stored-run.ts";

const day = 24 * 60 * 60_000;

describe("the retention of runs", () => {
  let clock: FakeClock;
  let store: SqliteStore;

  beforeEach(() => {
    clock = new FakeClock();
    store = openSqliteStore(":memory:");
  });

  const ago = (ms: number) => new Date(clock.now().getTime() - ms).toISOString();
  const pass = (ms: number) => clock.passTo(new Date(clock.now().getTime() + ms));
  const forget = (keepRunsDays = 30) => forgetOldRuns({ store, keepRunsDays, now: () => clock.now() });

  /** A run that has ended, so many milliseconds ago. */
  async function aRun(number: number, endedAgo: number, changes: RunChanges = {}): Promise<string> {
    const createdAt = new Date(clock.now().getTime() - endedAgo - 60_000);
    const ended: RunChanges = { intent: "repair", state: "ended", updatedAt: ago(endedAgo), ...changes };
    const run = storedRun(number, ended, createdAt);
    await store.create(run);
    return run.id;
  }

  const receipts: Run["receipts"] = [
    { kind: "restart-rdp-services", target: "TermService", changed: true, note: null },
  ];

  test("keeps a run for the days of the setting after its end, and not for longer", async () => {
    const old = await aRun(1, 30 * day);
    const recent = await aRun(2, 30 * day - 1);
    const waited = await aRun(3, day, { createdAt: ago(40 * day) });
    await forget();
    expect(await Promise.all([old, recent, waited].map((id) => store.has(id)))).toEqual([false, true, true]);
  });

  test("has the engine's own record of a run deleted before the run, and keeps the run when that fails", async () => {
    const old = await aRun(1, 30 * day);
    const recent = await aRun(2, day);
    const purged: string[] = [];
    const options = { store, keepRunsDays: 30, now: () => clock.now() };
    const failing = forgetOldRuns({ ...options, purge: () => Promise.reject(new Error("The host is away")) });
    await expect(failing).rejects.toThrow("The host is away");
    expect(await store.has(old)).toBe(true);
    pass(60 * 60_000);
    await forgetOldRuns({
      ...options,
      purge: async (id) => {
        expect(await store.has(id)).toBe(true);
        purged.push(id);
      },
    });
    expect(purged).toEqual([old]);
    expect(await Promise.all([old, recent].map((id) => store.has(id)))).toEqual([false, true]);
  });

  test("keeps a run that cannot be read, and deletes it those days after it was last saved, once it is set aside", async () => {
    const [damaged, other] = [storedRun(1, {}, clock.now()), storedRun(2, {}, clock.now())];
    for (const run of [damaged, other]) await store.create(run);
    const key = vmKey(damaged.vm);
    await store.claim(key, damaged.id);
    await store.save({ ...damaged, format: 99 } as never, 1);
    const purged: string[] = [];
    const forgetAll = () =>
      forgetOldRuns({ store, keepRunsDays: 30, now: () => clock.now(), purge: async (id) => void purged.push(id) });
    pass(60 * day);
    await forgetAll();
    expect(await store.has(damaged.id)).toBe(true);
    await store.claim(key, other.id, ago(0));
    pass(30 * day - 1);
    await forgetAll();
    expect([await store.has(damaged.id), purged]).toEqual([true, []]);
    pass(60 * 60_000);
    await forgetAll();
    expect([await store.has(damaged.id), purged]).toEqual([false, [damaged.id]]);
    expect(await store.has(other.id)).toBe(true);
  });

  test("keeps what is not over, however old", async () => {
    const ids = [
      await aRun(1, 400 * day, { state: "awaiting-approval" }),
      await aRun(2, 400 * day, { claimed: true }),
      await aRun(3, 400 * day, { alertReported: false }),
    ];
    await forget();
    expect(await Promise.all(ids.map((id) => store.has(id)))).toEqual([true, true, true]);
  });

  test("keeps what can be undone for as long as the VM keeps its journal", async () => {
    const limits = (days: number) => ({ ...untouched.limits, keepJournals: { days, count: 20 } });
    const untouched = await loaded(await aRun(1, 60 * day));
    const changed = await aRun(2, 60 * day, { receipts, limits: limits(90) });
    const unknown = await aRun(3, 60 * day, { outcome: { kind: "unknown", summary: "?" }, limits: limits(90) });
    const gone = await aRun(4, 60 * day, { receipts, limits: limits(14) });
    await forget();
    const ids = [untouched.id, changed, unknown, gone];
    expect(await Promise.all(ids.map((id) => store.has(id)))).toEqual([false, true, true, false]);
  });

  test("reads all pages, and looks once an hour", async () => {
    for (let number = 0; number < 250; number++) await aRun(number, 31 * day);
    await forget();
    expect((await store.list({ limit: 1 })).runs).toEqual([]);
    const later = await aRun(999, 31 * day);
    pass(59 * 60_000);
    await forget();
    expect(await store.has(later)).toBe(true);
    pass(60_000);
    await forget();
    expect(await store.has(later)).toBe(false);
  });

  test("deletes expired reservations, and leaves the others", async () => {
    const earlier = ago(day);
    await store.reserve("over", "one", ago(1), earlier);
    await store.reserve("valid", "one", ago(-day), earlier);
    await forget();
    expect(await store.reserve("over", "two", ago(-day), earlier)).toBe(true);
    expect(await store.reserve("valid", "two", ago(-day), earlier)).toBe(false);
  });

  async function loaded(id: string): Promise<Run> {
    const stored = await store.get(id);
    if (!stored) throw new Error(`There is no run ${id}`);
    return stored.run;
  }
});
