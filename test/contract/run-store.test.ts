import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { vmKey } from "../../lib/core/vm-id.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/create-run.ts";
import type { RunStore } from "../../lib/runs/ports.ts";

/** Every RunStore keeps this contract; an adapter is added as one more row. */
const stores: { name: string; open(folder: string): { store: RunStore; close(): void } }[] = [
  {
    name: "SQLite",
    open(folder) {
      const store = openSqliteStore(join(folder, "runs.sqlite"));
      return { store, close: () => store.close() };
    },
  },
];

function aRun(number: number, name = "vm-app-01"): Run {
  const created = createRun(
    {
      id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "App", name },
      intent: "diagnose",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger: { kind: "terminal", by: "a test" },
    },
    new Date(Date.parse("2026-11-21T08:00:00Z") + number * 1000),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

describe.each(stores)("the RunStore on $name", ({ open }) => {
  let folder: string;
  let opened: ReturnType<typeof open>;
  let store: RunStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "run-store-"));
    opened = open(folder);
    store = opened.store;
  });
  afterEach(() => {
    opened.close();
    rmSync(folder, { recursive: true });
  });

  test("keeps a run as it was given", async () => {
    expect(await store.create(aRun(1))).toBe("created");
    expect(await store.get(aRun(1).id)).toEqual({ run: aRun(1), version: 1 });
    expect(await store.get(aRun(2).id)).toBeNull();
  });

  test("creates an id once", async () => {
    await store.create(aRun(1));
    expect(await store.create({ ...aRun(1), intent: "repair" })).toBe("exists");
    expect((await store.get(aRun(1).id))?.run.intent).toBe("diagnose");
  });

  test("refuses a save over another's save", async () => {
    await store.create(aRun(1));
    expect(await store.save({ ...aRun(1), attempts: 1 }, 1)).toBe("saved");
    expect(await store.save({ ...aRun(1), attempts: 2 }, 1)).toBe("conflict");
    expect(await store.get(aRun(1).id)).toMatchObject({ run: { attempts: 1 }, version: 2 });
    expect(await store.save(aRun(9), 1)).toBe("conflict");
  });

  test("lists newest first, page by page, of one VM or of all", async () => {
    for (const number of [1, 2, 3, 4, 5]) await store.create(aRun(number, number === 3 ? "vm-app-02" : "vm-app-01"));
    const first = await store.list({ limit: 2 });
    expect(first.runs.map((run) => run.id)).toEqual([aRun(5).id, aRun(4).id]);
    const second = await store.list({ limit: 2, after: first.next ?? "" });
    expect(second.runs.map((run) => run.id)).toEqual([aRun(3).id, aRun(2).id]);
    const third = await store.list({ limit: 2, after: second.next ?? "" });
    expect(third).toMatchObject({ runs: [{ id: aRun(1).id }], next: null });
    const other = await store.list({ vmKey: vmKey(aRun(3, "VM-APP-02").vm), limit: 10 });
    expect(other.runs.map((run) => run.id)).toEqual([aRun(3).id]);
  });

  test("tells which runs are unfinished: not ended, or ended and still holding their VM", async () => {
    await store.create(aRun(1));
    await store.create({ ...aRun(2), state: "ended" });
    await store.create({ ...aRun(3), state: "ended", claimed: true });
    const { runs } = await store.list({ unfinished: true, limit: 10 });
    expect(runs.map((run) => run.id)).toEqual([aRun(3).id, aRun(1).id]);
  });

  test("a VM is claimed by one run at a time, whatever the case of its name", async () => {
    const [one, two] = [aRun(1), aRun(2, "VM-App-01")];
    await store.create(one);
    await store.create(two);
    expect(await store.claim(vmKey(one.vm), one.id)).toEqual({ held: true, by: one.id });
    expect(await store.claim(vmKey(one.vm), one.id)).toEqual({ held: true, by: one.id });
    expect(await store.claim(vmKey(two.vm), two.id)).toEqual({ held: false, by: one.id });
    await store.release(vmKey(two.vm), two.id);
    expect(await store.claim(vmKey(two.vm), two.id)).toEqual({ held: false, by: one.id });
    await store.release(vmKey(one.vm), one.id);
    expect(await store.claim(vmKey(two.vm), two.id)).toEqual({ held: true, by: two.id });
  });

  test("a claim whose run has ended, or vanished, is taken over", async () => {
    const key = vmKey(aRun(1).vm);
    await store.claim(key, aRun(8).id);
    await store.create(aRun(1));
    expect(await store.claim(key, aRun(1).id)).toEqual({ held: true, by: aRun(1).id });
    await store.save({ ...aRun(1), state: "ended" }, 1);
    await store.create(aRun(2));
    expect(await store.claim(key, aRun(2).id)).toEqual({ held: true, by: aRun(2).id });
  });

  test("a key is reserved by one owner until its time", async () => {
    const [now, later, latest] = ["2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z", "2026-11-21T10:00:00.000Z"];
    expect(await store.reserve("a key/with #marks?", "one", later, now)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "one", latest, now)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "two", later, now)).toBe(false);
    expect(await store.reserve("another key", "two", later, now)).toBe(true);
    // The owner's second call did not prolong it.
    expect(await store.reserve("a key/with #marks?", "two", latest, later)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "one", latest, later)).toBe(false);
  });

  test("of fifty reservations at once, one is made", async () => {
    const owners = Array.from({ length: 50 }, (_, number) => `owner ${number}`);
    const [now, later] = ["2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z"];
    const made = await Promise.all(owners.map((owner) => store.reserve("a key", owner, later, now)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  test("of fifty claims at once, one holds", async () => {
    const runs = Array.from({ length: 50 }, (_, number) => aRun(number));
    await Promise.all(runs.map((run) => store.create(run)));
    const claims = await Promise.all(runs.map((run) => store.claim(vmKey(run.vm), run.id)));
    expect(claims.filter((claim) => claim.held)).toHaveLength(1);
  });
});
