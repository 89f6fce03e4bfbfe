import fc from "fast-check";
import { expect, test } from "vitest";
import { createSlotLine } from "../../lib/local/slot-line.ts";
import { createConcurrencySlots } from "../../lib/runs/concurrency-slots.ts";
import { slotWaitMs } from "../../lib/runs/timing.ts";

/* Runs that wait for a slot, in one process or beside another one. What an engine does with it is in queue.test.ts. */

const begun = Date.parse("2026-11-21T08:00:00Z");
const second = 1000;

interface Waiting {
  readonly number: number;
  readonly since: number;
  pollAt: number;
}

/** Claims in memory, and runs that ask as those of the engine do: at first, when they are woken, and when their wait is over. */
function simulate(count: number) {
  let time = begun;
  const held = new Map<string, string>();
  const woken: string[] = [];
  const waiting = new Map<string, Waiting>();
  const holders: string[] = [];
  const served: number[] = [];
  let created = 0;
  const store = {
    async claim(key: string, runId: string) {
      const by = held.get(key) ?? runId;
      held.set(key, by);
      return { held: by === runId, by };
    },
    async release(key: string, runId: string) {
      if (held.get(key) === runId) held.delete(key);
    },
  };
  const now = () => new Date(time);
  const line = createSlotLine(createConcurrencySlots(store, count), { wake: (runId) => void woken.push(runId), now });

  function free(runId: string): void {
    for (const [key, by] of held) if (by === runId) held.delete(key);
  }

  async function ask(runId: string): Promise<void> {
    const run = waiting.get(runId);
    if (!run) return;
    if (await line.acquire(runId, now(), new Date(run.since).toISOString())) {
      waiting.delete(runId);
      holders.push(runId);
      served.push(run.number);
    } else run.pollAt = time + slotWaitMs(time - run.since);
  }

  async function settle(): Promise<void> {
    for (let runId = woken.shift(); runId !== undefined; runId = woken.shift()) await ask(runId);
  }

  return {
    served,
    waiting,
    holders,
    isFull: () => held.size === count,
    async start() {
      const runId = created.toString(16).padStart(6, "0");
      waiting.set(runId, { number: created, since: time, pollAt: time });
      created += 1;
      await ask(runId);
      await settle();
    },
    /** A run that has a slot ends; where there is none, nothing does. `settles`: who is woken asks at once. */
    async end(which: number, settles = true) {
      const [runId] = holders.splice(which % Math.max(1, holders.length), 1);
      if (runId === undefined) return;
      free(runId);
      line.ended(runId);
      if (settles) await settle();
    },
    /** A run that waits is cancelled, or its lease is another process's by now. */
    async leave(which: number) {
      const runId = [...waiting.keys()][which % Math.max(1, waiting.size)];
      if (runId === undefined) return;
      waiting.delete(runId);
      line.left(runId);
      await settle();
    },
    /** A run that waits hangs in its step: it is never heard of again. */
    hang(which: number) {
      const runId = [...waiting.keys()][which % Math.max(1, waiting.size)];
      if (runId !== undefined) waiting.delete(runId);
    },
    /** Another process takes a free slot. */
    takenElsewhere(name: string) {
      for (let slot = 1; slot <= count; slot += 1) {
        if (held.has(`slot/${slot}`)) continue;
        held.set(`slot/${slot}`, `elsewhere-${name}`);
        return;
      }
    },
    /** Another process dies: its runs have vanished, and nobody here is told. */
    killedElsewhere() {
      for (const [key, by] of held) if (by.startsWith("elsewhere-")) held.delete(key);
    },
    async pass(seconds: number) {
      for (let passed = 0; passed < seconds; passed += 1) {
        time += second;
        for (const [runId, { pollAt }] of [...waiting]) if (pollAt <= time) await ask(runId);
        await settle();
      }
    },
  };
}

const number = fc.nat({ max: 30 });
const own = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "start" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("end" as const), which: number }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("overtake" as const), which: number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), which: number }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  },
);
const elsewhere = fc.oneof(
  fc.record({ kind: fc.constant("taken" as const), name: fc.string({ minLength: 1, maxLength: 2 }) }),
  fc.constant({ kind: "killed" as const }),
  fc.record({ kind: fc.constant("hang" as const), which: number }),
);
type Happening =
  typeof own extends fc.Arbitrary<infer Own>
    ? typeof elsewhere extends fc.Arbitrary<infer Other>
      ? Own | Other
      : never
    : never;

async function happen(simulated: ReturnType<typeof simulate>, one: Happening): Promise<void> {
  switch (one.kind) {
    case "start":
      return simulated.start();
    case "end":
      return simulated.end(one.which);
    case "overtake":
      // A new run asks before the one that was woken for the slot.
      await simulated.end(one.which, false);
      return simulated.start();
    case "leave":
      return simulated.leave(one.which);
    case "pass":
      return simulated.pass(one.seconds);
    case "hang":
      return simulated.hang(one.which);
    case "taken":
      return simulated.takenElsewhere(one.name);
    case "killed":
      return simulated.killedElsewhere();
  }
}

test("of one process, the oldest run gets each freed slot at once, and none is free while a run waits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(own, { maxLength: 40 }), async (count, happenings) => {
      const simulated = simulate(count);
      for (const one of happenings) {
        await happen(simulated, one);
        expect(simulated.waiting.size === 0 || simulated.isFull()).toBe(true);
      }
      expect(simulated.served).toEqual(simulated.served.toSorted((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});

test("beside another process that takes slots and dies with them, and with runs that hang, no run starves", async () => {
  const happenings = fc.array(fc.oneof(own, elsewhere), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), happenings, async (count, all) => {
      const simulated = simulate(count);
      for (const one of all) await happen(simulated, one);
      simulated.killedElsewhere();
      // Each of those that hang may cost a turn.
      await simulated.pass(15 * 60);
      expect(simulated.waiting.size === 0 || simulated.isFull()).toBe(true);
      while (simulated.holders.length > 0 && simulated.waiting.size > 0) {
        await simulated.end(0);
        await simulated.pass(15 * 60);
      }
      expect(simulated.waiting.size).toBe(0);
    }),
    { numRuns: 50 },
  );
}, 60_000);

test("runs that wait do not ask the store: who waits for hundreds of others costs nothing", async () => {
  let claims = 0;
  const held = new Map<string, string>();
  const store = {
    async claim(key: string, runId: string) {
      claims += 1;
      const by = held.get(key) ?? runId;
      held.set(key, by);
      return { held: by === runId, by };
    },
    release: async () => {},
  };
  const at = (ms: number) => new Date(begun + ms);
  const line = createSlotLine(createConcurrencySlots(store, 1), { wake: () => {}, now: () => at(0) });
  for (let run = 0; run < 1000; run += 1) await line.acquire(`${run}`, at(0), at(run).toISOString());
  claims = 0;
  for (let run = 1; run < 1000; run += 1)
    expect(await line.acquire(`${run}`, at(9000), at(run).toISOString())).toBe(false);
  expect(claims).toBeLessThan(3);
});
