import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { TableClient } from "@azure/data-tables";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTableStore } from "../../lib/azure/tables/table-store.ts";
import type { Run } from "../../lib/core/run.ts";
import { UnreadableRun } from "../../lib/core/stored-run.ts";
import { vmKey } from "../../lib/core/vm-id.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { type EffectPorts, performEffect } from "../../lib/runs/effects.ts";
import type { RunStore } from "../../lib/runs/ports.ts";
import { unreadableClaimMs } from "../../lib/runs/timing.ts";
import { type Azurite, startAzurite } from "../fixtures/azurite.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { asEnded, type RunChanges, storedRun } from "../fixtures/stored-run.ts";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.close());

/** Every RunStore keeps this contract; an adapter is added as one more row. `open` answers an empty store. */
const stores: {
  name: string;
  /** `damage` overwrites the stored text of a run, as a failing disk or another version of this service would. */
  open(folder: string): Promise<{ store: RunStore; close(): void; damage(runId: string, text: string): Promise<void> }>;
  /** Whether the time of the last save comes from the store's own clock, which no test sets back. */
  hasOwnClock: boolean;
}[] = [
  {
    name: "SQLite",
    async open(folder) {
      const store = openSqliteStore(join(folder, "runs.sqlite"));
      return {
        store,
        close: () => store.close(),
        async damage(runId, text) {
          const db = new DatabaseSync(join(folder, "runs.sqlite"));
          db.prepare("UPDATE runs SET body = ? WHERE id = ?").run(text, runId);
          db.close();
        },
      };
    },
    hasOwnClock: false,
  },
  {
    name: "Azure Tables on Azurite",
    async open() {
      const { connectionString } = azurite;
      const table = `runs${randomUUID().replaceAll("-", "")}`;
      return {
        store: openTableStore({ connectionString, table }),
        close: () => {},
        async damage(runId, text) {
          const rows = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
          await rows.updateEntity({ partitionKey: "runs", rowKey: `run_${runId}`, body00: gzipSync(text) }, "Merge");
        },
      };
    },
    hasOwnClock: true,
  },
];

function aRun(number: number, name = "vm-app-01"): Run {
  const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "App", name };
  return storedRun(number, { vm });
}

function portsOf(vm: FakeVm, store: RunStore): EffectPorts {
  return { reader: vm, channel: vm, power: vm, alerts: vm, store };
}

describe.each(stores)("the RunStore on $name", ({ open, hasOwnClock }) => {
  let folder: string;
  let opened: Awaited<ReturnType<typeof open>>;
  let store: RunStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "run-store-"));
    opened = await open(folder);
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
    expect([await store.has(aRun(1).id), await store.has(aRun(2).id)]).toEqual([true, false]);
  });

  test.each(["", "no-id", "a/b", "a\\b", "#?%2e'", "../runs", "0".repeat(2000)])(
    "knows no run called %.20j",
    async (id) => {
      expect(await store.get(id)).toBeNull();
      expect(await store.has(id)).toBe(false);
    },
  );

  test("keeps a run of 300 KB that hardly compresses", async () => {
    const log = [{ at: aRun(1).createdAt, state: "queued" as const, message: randomBytes(225_000).toString("base64") }];
    const large = { ...aRun(1), log };
    await store.create(aRun(1));
    expect(await store.save(large, 1)).toBe("saved");
    expect((await store.get(large.id))?.run).toEqual(large);
    // And nothing of it is left when it shrinks.
    expect(await store.save(aRun(1), 2)).toBe("saved");
    expect(await store.get(large.id)).toEqual({ run: aRun(1), version: 3 });
    expect((await store.list({ limit: 10 })).runs).toEqual([aRun(1)]);
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

  test("of twenty creations of one id at once, one creates it, and it is listed once", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => store.create(aRun(1))));
    expect(made.filter((one) => one === "created")).toHaveLength(1);
    for (const query of [{}, { unfinished: true }, { vmKey: vmKey(aRun(1).vm) }]) {
      expect((await store.list({ ...query, limit: 10 })).runs).toEqual([aRun(1)]);
    }
  });

  test("of twenty saves at once, one is saved", async () => {
    await store.create(aRun(1));
    const saves = Array.from({ length: 20 }, (_, attempts) => ({ ...aRun(1), attempts, claimed: attempts % 2 === 0 }));
    const saved = await Promise.all(saves.map((run) => store.save(run, 1)));
    expect(saved.filter((one) => one === "saved")).toHaveLength(1);
    expect(await store.get(aRun(1).id)).toEqual({ run: saves[saved.indexOf("saved")], version: 2 });
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

  test("lists the runs in one state", async () => {
    await store.create(aRun(1));
    await store.create(asEnded(aRun(2)));
    await store.create(asEnded(aRun(3)));
    const first = await store.list({ states: ["ended"], limit: 1 });
    expect(first.runs.map((run) => run.id)).toEqual([aRun(3).id]);
    const second = await store.list({ states: ["ended"], limit: 1, after: first.next ?? "" });
    expect(second).toMatchObject({ runs: [{ id: aRun(2).id }], next: null });
  });

  describe("selects runs", () => {
    const intents = ["diagnose", "repair"] as const;
    const triggers = ["alert", "http", "schedule", "terminal"] as const;
    const kinds = ["healthy", "repaired", "failed"] as const;

    /** Every combination of intent and trigger, of the states queued, preflight and ended, and of the outcomes. */
    function runNumber(number: number): Run {
      const intent = intents[number % 2];
      const trigger = { kind: triggers[Math.floor(number / 2) % 4], by: "a test" };
      const run = storedRun(number, {
        intent,
        trigger,
        vm: aRun(number, number % 5 === 0 ? "vm-five" : "vm-other").vm,
      });
      const stage = Math.floor(number / 8) % 4;
      if (stage === 3) return run;
      return asEnded(run, { outcome: { kind: kinds[stage], summary: "It has ended." } });
    }
    const runs = Array.from({ length: 32 }, (_, number) => runNumber(number));

    /** Stored as a run is: begun, and saved once it has ended. */
    async function store32(): Promise<void> {
      await Promise.all(
        runs.map(async (run) => {
          const { outcome: _, ...begun } = run;
          await store.create({ ...begun, state: "queued", outcome: null } as unknown as Run);
          expect(await store.save(run, 1)).toBe("saved");
        }),
      );
    }

    async function everyPage(query: Parameters<RunStore["list"]>[0]): Promise<string[]> {
      const ids: string[] = [];
      let after: string | null | undefined;
      while (after !== null) {
        const page = await store.list({ ...query, ...(after ? { after } : {}) });
        expect(page.runs.length).toBeLessThanOrEqual(query.limit);
        ids.push(...page.runs.map(({ id }) => id));
        after = page.next;
      }
      return ids;
    }

    type Asked = Omit<Parameters<RunStore["list"]>[0], "limit">;
    const asked: [string, Asked, (run: Run) => boolean][] = [
      ["of one outcome", { outcomes: ["failed"] }, ({ outcome }) => outcome?.kind === "failed"],
      [
        "of several outcomes",
        { outcomes: ["failed", "healthy", "unknown"] },
        ({ outcome }) => outcome?.kind === "failed" || outcome?.kind === "healthy",
      ],
      ["of an outcome that none has", { outcomes: ["undone"] }, () => false],
      ["that an alert has started", { triggers: ["alert"] }, ({ trigger }) => trigger.kind === "alert"],
      [
        "that an alert or the schedule has started",
        { triggers: ["schedule", "alert"] },
        ({ trigger }) => ["schedule", "alert"].includes(trigger.kind),
      ],
      ["that repair", { intents: ["repair"] }, ({ intent }) => intent === "repair"],
      ["in one of several states", { states: ["queued", "weakened"] }, ({ state }) => state === "queued"],
      ["in every state", { states: ["queued", "ended"] }, () => true],
      ["since a time, itself included", { createdSince: runNumber(20).createdAt }, ({ id }) => id >= runNumber(20).id],
      [
        "between two times",
        { createdSince: runNumber(5).createdAt, createdBefore: runNumber(9).createdAt },
        ({ id }) => id >= runNumber(5).id && id < runNumber(9).id,
      ],
      [
        "by everything at once",
        {
          outcomes: ["failed", "repaired"],
          triggers: ["http", "schedule"],
          intents: ["repair"],
          states: ["ended"],
          createdSince: runNumber(10).createdAt,
        },
        ({ outcome, trigger, intent, id }) =>
          ["failed", "repaired"].includes(outcome?.kind ?? "") &&
          ["http", "schedule"].includes(trigger.kind) &&
          intent === "repair" &&
          id >= runNumber(10).id,
      ],
      [
        "of one VM",
        { vmKey: vmKey(runNumber(0).vm), triggers: ["alert", "http"] },
        ({ vm, trigger }) => vm.name === "vm-five" && ["alert", "http"].includes(trigger.kind),
      ],
      [
        "that are unfinished",
        { unfinished: true, triggers: ["http"] },
        ({ state, trigger }) => state === "queued" && trigger.kind === "http",
      ],
    ];

    test.each(asked)("%s, each once, in pages of any size", async (_, query, belongs) => {
      await store32();
      const expected = runs.filter(belongs).map(({ id }) => id);
      for (const limit of [1, 3, 50]) expect(await everyPage({ ...query, limit })).toEqual(expected.toReversed());
    });
  });

  test("lists what is older than a time, page by page", async () => {
    for (const number of [1, 2, 3, 4]) await store.create(aRun(number));
    const createdBefore = aRun(4).createdAt;
    const first = await store.list({ createdBefore, limit: 2 });
    expect(first.runs.map((run) => run.id)).toEqual([aRun(3).id, aRun(2).id]);
    const second = await store.list({ createdBefore, limit: 2, after: first.next ?? "" });
    expect(second).toMatchObject({ runs: [{ id: aRun(1).id }], next: null });
    expect((await store.list({ createdBefore: aRun(1).createdAt, limit: 2 })).runs).toEqual([]);
    const ofVm = await store.list({ createdBefore, vmKey: vmKey(aRun(1).vm), unfinished: true, limit: 9 });
    expect(ofVm.runs).toHaveLength(3);
  });

  test("removes a run that is over from itself and from every list, and no other", async () => {
    const over = asEnded(aRun(1));
    for (const run of [over, aRun(2)]) await store.create(run);
    await store.remove(over);
    await store.remove(over);
    await store.remove(aRun(3));
    expect(await store.get(over.id)).toBeNull();
    for (const query of [{}, { vmKey: vmKey(over.vm) }, { createdBefore: aRun(9).createdAt }, { unfinished: true }]) {
      expect((await store.list({ ...query, limit: 10 })).runs).toEqual([aRun(2)]);
    }
    expect(await store.save({ ...over, attempts: 1 }, 1)).toBe("conflict");
    expect(await store.create(over)).toBe("created");
  });

  test.each<[string, RunChanges]>([
    ["is at work", { state: "preflight" }],
    ["holds its VM", { state: "ended", claimed: true }],
    ["has an alert to tell", { state: "ended", alertReported: false }],
    [
      "has a Run Command to delete",
      { state: "ended", cleanup: [{ step: "undo-1", script: "undo", awaitUntil: null }] },
    ],
  ])("does not remove a run that %s", async (_, changes) => {
    const run = storedRun(1, changes);
    await store.create(run);
    // Not even for one who read it before that.
    await store.remove(asEnded(run, { claimed: false, alertReported: true, cleanup: [] }));
    expect(await store.get(run.id)).toEqual({ run, version: 1 });
  });

  test("of many removals at once, none fails", async () => {
    const over = asEnded(aRun(1));
    await store.create(over);
    await Promise.all(Array.from({ length: 10 }, () => store.remove(over)));
    expect(await store.has(over.id)).toBe(false);
  });

  test("tells which runs are unfinished: not ended, or ended and still holding their VM", async () => {
    await store.create(aRun(1));
    await store.create(asEnded(aRun(2)));
    await store.create(asEnded(aRun(3), { claimed: true }));
    const { runs } = await store.list({ unfinished: true, limit: 10 });
    expect(runs.map((run) => run.id)).toEqual([aRun(3).id, aRun(1).id]);
  });

  test("a run joins and leaves the unfinished ones with what is left to do of it", async () => {
    await store.create(aRun(1));
    const ended = asEnded(aRun(1));
    const steps = [
      { run: aRun(1), unfinished: true },
      { run: { ...ended, claimed: true, alertReported: false }, unfinished: true },
      { run: { ...ended, fixDue: true }, unfinished: true },
      { run: { ...ended, alertReported: false }, unfinished: true },
      { run: ended, unfinished: false },
      { run: ended, unfinished: false },
      { run: { ...ended, claimed: true }, unfinished: true },
      { run: ended, unfinished: false },
    ];
    for (const [index, { run, unfinished }] of steps.entries()) {
      expect(await store.save(run, index + 1)).toBe("saved");
      for (const query of [{}, { vmKey: vmKey(run.vm) }]) {
        const listed = await store.list({ ...query, unfinished: true, limit: 10 });
        expect(listed.runs).toEqual(unfinished ? [run] : []);
        expect((await store.list({ ...query, limit: 10 })).runs).toEqual([run]);
      }
    }
  });

  test.each([
    ["all", {}, () => true],
    ["those of one VM", { vmKey: vmKey(aRun(0, "VM-Even").vm) }, (number: number) => number % 2 === 0],
    ["the unfinished", { unfinished: true }, (number: number) => number % 3 === 0],
    [
      "the unfinished of one VM",
      { unfinished: true, vmKey: vmKey(aRun(0, "vm-even").vm) },
      (number: number) => number % 6 === 0,
    ],
  ])("pages of %s hold each run once, whatever is saved and made meanwhile", async (_, query, belongs) => {
    const runs = Array.from({ length: 24 }, (_, number): Run => {
      const run = aRun(number, number % 2 === 0 ? "vm-even" : "vm-odd");
      return number % 3 === 0 ? run : asEnded(run);
    });
    await Promise.all(runs.map((run) => store.create(run)));
    const listed: string[] = [];
    let after: string | null | undefined;
    let made = 100;
    while (after !== null) {
      const page = await store.list({ ...query, limit: 3, ...(after ? { after } : {}) });
      expect(page.runs.length).toBeGreaterThan(0);
      listed.push(...page.runs.map(({ id }) => id));
      after = page.next;
      // A newer one belongs before the first page.
      await store.create(aRun(made++, "vm-even"));
    }
    const expected = runs.filter((_, number) => belongs(number)).map(({ id }) => id);
    expect(listed).toEqual(expected.reverse());
  });

  test("runs of the same moment are each listed once", async () => {
    const { createdAt } = aRun(1);
    for (const number of [1, 2, 3, 4, 5]) await store.create({ ...aRun(number), createdAt });
    const listed: string[] = [];
    let after: string | null | undefined;
    while (after !== null) {
      const page = await store.list({ limit: 1, ...(after ? { after } : {}) });
      listed.push(...page.runs.map(({ id }) => id));
      after = page.next;
    }
    expect(listed.sort()).toEqual([1, 2, 3, 4, 5].map((number) => aRun(number).id));
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
    await store.save(asEnded(aRun(1)), 1);
    await store.create(aRun(2));
    expect(await store.claim(key, aRun(2).id)).toEqual({ held: true, by: aRun(2).id });
  });

  describe("a run that cannot be read and holds a VM", () => {
    const damages = [
      ["is of another version", (run: Run) => JSON.stringify({ ...run, format: 99 })],
      ["lacks the data of its phase", (run: Run) => JSON.stringify({ ...run, state: "applying" })],
      ["is no JSON", (run: Run) => JSON.stringify(run).slice(0, -40)],
    ] as const;

    /** It was last saved at the first of these times, by the clock that counts for this store. */
    async function damaged(textOf: (run: Run) => string) {
      const [run, later] = [aRun(1), aRun(2)];
      for (const one of [run, later]) await store.create(one);
      const key = vmKey(run.vm);
      await store.claim(key, run.id);
      await opened.damage(run.id, textOf(run));
      const saved = hasOwnClock ? Date.now() : Date.parse(run.updatedAt);
      const at = (hours: number) => new Date(saved + hours * 3_600_000).toISOString();
      return { run, later, key, before: at(-1), after: at(1) };
    }

    test.each(damages)("and %s keeps it, as long as it may have been saved since", async (_, textOf) => {
      const { run, later, key, before } = await damaged(textOf);
      expect(await store.claim(key, later.id)).toEqual({ held: false, by: run.id });
      expect(await store.claim(key, later.id, before)).toEqual({ held: false, by: run.id });
      await expect(store.get(run.id)).rejects.toThrow(UnreadableRun);
    });

    test.each(damages)("and %s is set aside afterwards, and can be saved by nobody", async (_, textOf) => {
      const { run, later, key, after } = await damaged(textOf);
      expect(await store.claim(key, later.id, after)).toEqual({ held: true, by: later.id });
      await expect(store.get(run.id)).rejects.toThrow("set aside");
      // A process of another version, which could read it, still has it in its hands.
      expect(await store.save({ ...run, attempts: 1 }, 1)).toBe("conflict");
      await store.release(key, run.id);
      expect(await store.claim(key, run.id, after)).toEqual({ held: false, by: later.id });
      const { unreadable = [] } = await store.list({ limit: 10 });
      expect(unreadable.map(({ id }) => id)).toEqual([run.id]);
      expect((await store.list({ unfinished: true, limit: 10 })).unreadable ?? []).toEqual([]);
    });

    test("is told with its time once it is set aside, and can be deleted then alone", async () => {
      const { run, later, key, before, after } = await damaged(damages[2][1]);
      const page = () => store.list({ limit: 10 });
      await store.removeSetAside(run.id);
      expect((await page()).unreadable).toEqual([{ id: run.id, because: expect.any(String) }]);
      await store.claim(key, later.id, before);
      await store.removeSetAside(run.id);
      expect((await page()).unreadable).toHaveLength(1);
      await store.claim(key, later.id, after);
      expect((await page()).unreadable).toEqual([{ id: run.id, because: expect.any(String), unsavedSince: after }]);
      await store.removeSetAside(later.id);
      await store.removeSetAside(run.id);
      await store.removeSetAside(run.id);
      expect(await store.has(run.id)).toBe(false);
      for (const query of [{}, { vmKey: key }, { unfinished: true }]) {
        const { runs, unreadable = [] } = await store.list({ ...query, limit: 10 });
        expect([runs.map(({ id }) => id), unreadable]).toEqual([[later.id], []]);
      }
      expect(await store.create(run)).toBe("created");
    });

    test("is taken over by one of many at once", async () => {
      const { run, key, after } = await damaged(damages[2][1]);
      const others = Array.from({ length: 8 }, (_, number) => aRun(number + 10));
      for (const one of others) await store.create(one);
      const claims = await Promise.all(others.map(({ id }) => store.claim(key, id, after)));
      expect(claims.filter(({ held }) => held)).toHaveLength(1);
      expect(new Set(claims.map(({ by }) => by)).has(run.id)).toBe(false);
    });

    test("one that can be read is never set aside, however old", async () => {
      const [run, later] = [aRun(1), aRun(2)];
      for (const one of [run, later]) await store.create(one);
      await store.claim(vmKey(run.vm), run.id);
      expect(await store.claim(vmKey(run.vm), later.id, "2999-01-01T00:00:00.000Z")).toEqual({
        held: false,
        by: run.id,
      });
      expect((await store.get(run.id))?.run).toEqual(run);
    });

    test("is told to the run that wants its VM, which takes it over when the time has come", async () => {
      const { run, later } = await damaged(damages[0][1]);
      const vm = new FakeVm();
      const claimAt = (time: number) =>
        performEffect({ kind: "claim" }, { ...later, updatedAt: new Date(time).toISOString() }, portsOf(vm, store));
      const saved = hasOwnClock ? Date.now() : Date.parse(run.updatedAt);
      expect(await claimAt(saved + unreadableClaimMs - 3_600_000)).toEqual({
        kind: "claim-held",
        by: run.id,
        state: null,
        intent: null,
      });
      expect(await claimAt(saved + unreadableClaimMs + 3_600_000)).toEqual({ kind: "claimed" });
    });

    test("keeps no slot either", async () => {
      const { later } = await damaged(damages[0][1]);
      const slots = createConcurrencySlots(store, 1);
      await store.claim("slot/1", aRun(1).id);
      const now = new Date(hasOwnClock ? Date.now() : Date.parse(later.updatedAt));
      expect(await slots.acquire(later.id, now)).toBe(false);
      expect(await slots.acquire(later.id, new Date(now.getTime() + unreadableClaimMs + 3_600_000))).toBe(true);
    });
  });

  test("of twenty that take over at once, one holds, and its release frees the VM", async () => {
    const runs = Array.from({ length: 20 }, (_, number) => aRun(number + 1));
    const key = vmKey(aRun(0).vm);
    await store.create(aRun(0));
    await store.claim(key, aRun(0).id);
    await store.save(asEnded(aRun(0)), 1);
    await Promise.all(runs.map((run) => store.create(run)));
    const claims = await Promise.all(runs.map((run) => store.claim(key, run.id)));
    const [holder, ...more] = claims.filter(({ held }) => held).map(({ by }) => by);
    expect(more).toEqual([]);
    expect(new Set(claims.map(({ by }) => by))).toEqual(new Set([holder]));
    await Promise.all([aRun(0), ...runs].filter(({ id }) => id !== holder).map(({ id }) => store.release(key, id)));
    expect(await store.claim(key, aRun(0).id)).toEqual({ held: false, by: holder });
    await store.release(key, holder ?? "");
    await store.release(key, holder ?? "");
    expect(await store.claim(key, aRun(1).id)).toEqual({ held: true, by: aRun(1).id });
  });

  test("a key is reserved by one owner until its time", async () => {
    const [now, later, latest] = ["2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z", "2026-11-21T10:00:00.000Z"];
    expect(await store.reserve("a key/with #marks?", "one", later, now)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "one", latest, now)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "two", later, now)).toBe(false);
    expect(await store.reserve("another key", "two", later, now)).toBe(true);
    // To look reserves nothing.
    expect(await store.reservedBy("a key/with #marks?", now)).toBe("one");
    expect(await store.reservedBy("a key/with #marks?", later)).toBeNull();
    expect(await store.reservedBy("a free key", now)).toBeNull();
    expect(await store.reserve("a free key", "three", later, now)).toBe(true);
    // The owner's second call did not prolong it.
    expect(await store.reserve("a key/with #marks?", "two", latest, later)).toBe(true);
    expect(await store.reserve("a key/with #marks?", "one", latest, later)).toBe(false);
  });

  test("of fifty that reserve a key at once, one has it, and keeps it", async () => {
    const [until, now] = ["2026-11-21T09:00:00.000Z", "2026-11-21T08:00:00.000Z"];
    const owners = Array.from({ length: 50 }, (_, number) => `owner ${number}`);
    const reserve = () => Promise.all(owners.map((owner) => store.reserve("key", owner, until, now)));
    const first = await reserve();
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await reserve()).toEqual(first);
  });

  test("expired reservations are deleted, and nobody notices", async () => {
    const [now, later, latest] = ["2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z", "2026-11-21T10:00:00.000Z"];
    await store.reserve("over", "one", later, now);
    await store.reserve("valid", "one", latest, now);
    await store.expireReservations(later);
    await store.expireReservations(later);
    // As of an earlier time only a deleted one is free.
    expect(await store.reserve("over", "two", latest, now)).toBe(true);
    expect(await store.reserve("valid", "two", latest, now)).toBe(false);
  });

  test.each([
    ["a free key", []],
    ["an expired one", ["2026-11-21T07:00:00.000Z"]],
  ])("of fifty reservations of %s at once, one is made", async (_, earlier) => {
    const owners = Array.from({ length: 50 }, (_, number) => `owner ${number}`);
    const [now, later] = ["2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z"];
    for (const until of earlier) await store.reserve("a key", "somebody", until, until);
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
