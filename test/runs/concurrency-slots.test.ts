import { expect, test } from "vitest";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";

/* That claims of slots hold over processes is in test/contract/run-store.test.ts. */

const start = Date.parse("2026-11-21T08:00:00Z");
const at = (ms: number) => new Date(start + ms);

/** Ids of runs end in hexadecimal digits. */
const id = (number: number) => number.toString(16).padStart(6, "0");

/** Claims in memory, which count how often they are asked for and whether the holder was to be read. */
function claims() {
  const held = new Map<string, string>();
  const asked = { claims: 0, reads: 0, releases: 0 };
  return {
    held,
    asked,
    async claim(key: string, runId: string, unsavedSince?: string) {
      asked.claims += 1;
      if (unsavedSince !== undefined) asked.reads += 1;
      const by = held.get(key) ?? runId;
      held.set(key, by);
      return { held: by === runId, by };
    },
    async release(key: string, runId: string) {
      asked.releases += 1;
      if (held.get(key) === runId) held.delete(key);
    },
  };
}

test("thousands of runs that wait for a slot do not each ask for all of them", async () => {
  const store = claims();
  const slots = createConcurrencySlots(store, 50);
  for (let run = 0; run < 50; run += 1) expect(await slots.acquire(id(run), at(0))).toBe(true);
  store.asked.claims = 0;
  for (let run = 0; run < 999; run += 1) expect(await slots.acquire(id(1000 + run), at(run))).toBe(false);
  // Nothing but once whether a holder cannot be read.
  expect(store.asked).toMatchObject({ claims: 50, reads: 50 });
});

test("the slot of a run that has ended here is found at once, with one claim", async () => {
  const store = claims();
  const slots = createConcurrencySlots(store, 50);
  for (let run = 0; run < 50; run += 1) await slots.acquire(id(run), at(0));
  expect(await slots.acquire(id(100), at(0))).toBe(false);
  store.held.delete([...store.held].find(([, by]) => by === id(7))?.[0] ?? "");
  slots.ended(id(7));
  store.asked.claims = 0;
  expect(await slots.acquire(id(100), at(1))).toBe(true);
  expect(store.asked.claims).toBe(1);
});

test("the slot of a run that has ended in another process is found after ten seconds", async () => {
  const store = claims();
  const slots = createConcurrencySlots(store, 2);
  for (const run of ["a", "b"]) await slots.acquire(run, at(0));
  expect(await slots.acquire("c", at(0))).toBe(false);
  store.held.clear();
  expect(await slots.acquire("c", at(9000))).toBe(false);
  expect(await slots.acquire("c", at(10_000))).toBe(true);
});

test("a slot that is released here is found at once", async () => {
  const slots = createConcurrencySlots(claims(), 1);
  await slots.acquire("a", at(0));
  expect(await slots.acquire("b", at(0))).toBe(false);
  await slots.release("a", 1);
  expect(await slots.acquire("b", at(1))).toBe(true);
});

test("a run that has a slot gets it again while all are taken", async () => {
  const slots = createConcurrencySlots(claims(), 3);
  for (const run of ["a", "b", "c"]) await slots.acquire(run, at(0));
  expect(await slots.acquire("d", at(0))).toBe(false);
  for (const run of ["a", "b", "c"]) expect(await slots.acquire(run, at(1))).toBe(true);
});

test("a clock that was set back keeps nobody waiting", async () => {
  const store = claims();
  const slots = createConcurrencySlots(store, 1);
  await slots.acquire("a", at(0));
  expect(await slots.acquire("b", at(0))).toBe(false);
  store.held.clear();
  expect(await slots.acquire("b", at(-3_600_000))).toBe(true);
});

test("a run that waits for a day releases its slot once, and again when it has held one since", async () => {
  const store = claims();
  const slots = createConcurrencySlots(store, 50);
  await slots.acquire("a", at(0));
  for (let asked = 0; asked < 100; asked += 1) await slots.release("a", 4);
  expect([store.asked.releases, store.held.size]).toEqual([50, 0]);
  // It was saved when it went on, here or in another process.
  store.held.set("slot/7", "a");
  await slots.release("a", 9);
  expect([store.asked.releases, store.held.size]).toEqual([100, 0]);
});
