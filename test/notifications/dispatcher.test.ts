import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../lib/core/delivery.ts";
import type { Run } from "../../lib/core/run.ts";
import { openSqliteStore, type SqliteStore } from "../../lib/local/sqlite-store.ts";
import { createDispatcher, type Dispatcher, mostPending } from "../../lib/notifications/dispatcher.ts";
import type { NotificationEvent } from "../../lib/notifications/event.ts";
import type { Attempt, Send } from "../../lib/notifications/ports.ts";
import type { Receiver } from "../../lib/notifications/receiver.ts";
import { createStillWaits } from "../../lib/notifications/still-waits.ts";
import { FakeClock } from "../fixtures/clock.ts";
import { asEnded, storedRun } from "../fixtures/stored-run.ts";
import { aReceiver, delivery } from "./samples.ts";

/** Receivers that answer as the test says, and the dispatcher on a clock that stands still. */
function createRig(store: SqliteStore, receivers: readonly Receiver[], clock = new FakeClock()) {
  const attempts: { receiver: string; event: NotificationEvent; at: string }[] = [];
  const answers = new Map<string, Attempt | ((event: NotificationEvent, stop: AbortSignal) => Promise<Attempt>)>();
  const counts = { sent: 0, failed: 0, lost: 0 };
  const log: string[] = [];
  const send: Send = async ({ name }, event, stop) => {
    attempts.push({ receiver: name, event, at: clock.now().toISOString() });
    const answer = answers.get(name) ?? { kind: "sent", because: "HTTP 204." };
    return typeof answer === "function" ? answer(event, stop) : answer;
  };
  const dispatcher = createDispatcher({
    store,
    receivers,
    send,
    stillWaits: createStillWaits(store),
    metrics: {
      sent: () => {
        counts.sent += 1;
      },
      failed: () => {
        counts.failed += 1;
      },
      lost: (_, count) => {
        counts.lost += count;
      },
    },
    now: () => clock.now(),
    log: (line) => log.push(line),
  });
  const sequencesOf = (name: string) =>
    attempts.filter(({ receiver }) => receiver === name).map(({ event }) => Number(event.sequence));
  return { dispatcher, attempts, answers, counts, log, clock, sequencesOf };
}

const failing: Attempt = { kind: "failed", because: "HTTP 500." };

describe("the dispatcher", () => {
  let store: SqliteStore;
  let opened: Dispatcher[];

  beforeEach(() => {
    store = openSqliteStore(":memory:");
    opened = [];
  });
  afterEach(async () => {
    for (const dispatcher of opened) await dispatcher.close();
    store.close();
  });

  function rigFor(...receivers: readonly Receiver[]) {
    const rig = createRig(store, receivers);
    opened.push(rig.dispatcher);
    return rig;
  }

  /** Writes deliveries with a run, as every delivery is written. */
  async function write(...deliveries: readonly Delivery[]): Promise<void> {
    const id = Number(deliveries[0]?.subject.slice(-12));
    const run = storedRun(id);
    await store.create(run);
    const { version = 0 } = (await store.get(run.id)) ?? {};
    expect(await store.save(run, version, deliveries)).toBe("saved");
  }

  test("sends what waits, in the order of each run, and once when the receiver takes it", async () => {
    const rig = rigFor(aReceiver());
    await write(delivery("desk", 1, 200), delivery("desk", 1, 201), delivery("desk", 1, 300));
    await rig.dispatcher.pass();
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk")).toEqual([200, 201, 300]);
    expect(rig.counts).toEqual({ sent: 3, failed: 0, lost: 0 });
    expect(await store.pendingDeliveries()).toEqual([]);
  });

  test("an event that fails keeps the later ones of its run waiting, and no other run", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", async ({ subject }) => (subject.endsWith("1") ? failing : { kind: "sent", because: "" }));
    await write(delivery("desk", 1, 200), delivery("desk", 1, 300));
    await write(delivery("desk", 2, 210), delivery("desk", 2, 310));
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk").sort()).toEqual([200, 210, 310]);
    rig.answers.delete("desk");
    await rig.clock.sleep(10_000);
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk").slice(3)).toEqual([200, 300]);
  });

  test("a receiver that hangs keeps no other waiting, and is not asked for ever in one pass", async () => {
    const [slow, quick] = [aReceiver({ name: "slow" }), aReceiver({ name: "quick" })];
    const rig = rigFor(slow, quick);
    const timeOut = Promise.withResolvers<void>();
    rig.answers.set("slow", async () => {
      await timeOut.promise;
      await rig.clock.sleep(10_000);
      return { kind: "failed", because: "There was no answer in time." };
    });
    for (let run = 1; run <= 10; run += 1) await write(delivery("slow", run, 200), delivery("quick", run, 200));
    const first = rig.dispatcher.pass();
    while (rig.sequencesOf("quick").length < 10) await rig.clock.sleep(0);
    // While the first attempt for the slow one still lasts, the quick one gets what comes later.
    await write(delivery("slow", 11, 200), delivery("quick", 11, 200));
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("quick")).toHaveLength(11);
    expect(rig.sequencesOf("slow")).toHaveLength(1);
    timeOut.resolve();
    await first;
    expect(rig.sequencesOf("slow").length).toBeLessThanOrEqual(3);
  });

  test("a receiver that answers 500 for a day: the outbox stays bounded, the oldest are lost and logged, and the rest arrives", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", failing);
    const begun = rig.clock.now().getTime();
    let run = 0;
    // In each pass two more runs have ended.
    const passes = 23 * 15;
    for (let pass = 0; pass < passes; pass += 1) {
      run += 2;
      for (const ended of [run - 1, run]) await write(delivery("desk", ended, 200, rig.clock.now().toISOString()));
      await rig.dispatcher.pass();
      expect((await store.pendingDeliveries()).length).toBeLessThanOrEqual(mostPending);
      await rig.clock.sleep(240_000);
    }
    expect(run).toBeGreaterThan(mostPending);
    expect(rig.counts).toMatchObject({ sent: 0, lost: run - mostPending });
    expect(rig.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        notification: "lost",
        receiver: "desk",
        because: `More than ${mostPending} events wait for it.`,
      }),
    );
    // Politely: a receiver that is down gets a few requests in each pass.
    expect(rig.attempts.length).toBeLessThanOrEqual(3 * passes);
    rig.answers.delete("desk");
    for (let pass = 0; pass < 3; pass += 1) {
      await rig.dispatcher.pass();
      await rig.clock.sleep(120_000);
    }
    expect(await store.pendingDeliveries()).toEqual([]);
    const arrived = rig.attempts.slice(-mostPending).map(({ event }) => Number(event.subject.slice(-12)));
    // The newest are those that arrive.
    expect(new Set(arrived)).toEqual(new Set(Array.from({ length: mostPending }, (_, at) => run - at)));
    expect(rig.clock.now().getTime() - begun).toBeLessThan(24 * 3_600_000);
  });

  test("what a receiver has not taken for a day is lost, and its successors are sent", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", async ({ sequence }) =>
      Number(sequence) === 200 ? failing : { kind: "sent", because: "" },
    );
    await write(delivery("desk", 1, 200), delivery("desk", 1, 300));
    for (let hour = 0; hour < 24; hour += 1) {
      await rig.dispatcher.pass();
      await rig.clock.sleep(3_600_000);
    }
    expect(rig.counts).toMatchObject({ sent: 0, lost: 0 });
    await rig.dispatcher.pass();
    expect(rig.counts).toMatchObject({ sent: 1, lost: 1 });
    expect(rig.log.join()).toContain("It has not taken them for 24 hours.");
  });

  test("what nobody could be told for a week is lost, and what is newer is sent", async () => {
    const rig = rigFor(aReceiver());
    const ago = (days: number) => new Date(rig.clock.now().getTime() - days * 86_400_000).toISOString();
    await write(delivery("desk", 1, 200, ago(8)), delivery("desk", 2, 200, ago(6)));
    await rig.dispatcher.pass();
    expect(rig.counts).toMatchObject({ sent: 1, lost: 1 });
    expect(rig.log.join()).toContain("They waited for 7 days.");
    expect(await store.pendingDeliveries()).toEqual([]);
  });

  test("events that a receiver never takes keep the new ones of other runs from being sent in no pass", async () => {
    const rig = rigFor(aReceiver());
    const takes = (subject: string) => Number(subject.slice(-12)) > 100;
    rig.answers.set("desk", async ({ subject }) => (takes(subject) ? { kind: "sent", because: "" } : failing));
    for (let run = 1; run <= 50; run += 1) await write(delivery("desk", run, 200));
    // Each has failed, and is due again in every pass from now on.
    for (let pass = 0; pass < 20; pass += 1) {
      await rig.dispatcher.pass();
      await rig.clock.sleep(600_000);
    }
    await write(delivery("desk", 101, 200, rig.clock.now().toISOString()));
    await rig.dispatcher.pass();
    expect(rig.counts.sent).toBe(1);
  });

  test("the runs of a storm that end while the outbox is read share one further reading", async () => {
    let readings = 0;
    const read = Promise.withResolvers<void>();
    const slow: SqliteStore = {
      ...store,
      async pendingDeliveries() {
        readings += 1;
        await read.promise;
        return store.pendingDeliveries();
      },
    };
    const rig = createRig(slow, [aReceiver()]);
    opened.push(rig.dispatcher);
    rig.dispatcher.wake();
    await write(delivery("desk", 1, 200));
    for (let ended = 0; ended < 100; ended += 1) rig.dispatcher.wake();
    read.resolve();
    while (rig.attempts.length === 0) await rig.clock.sleep(0);
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk")).toEqual([200]);
    expect(readings).toBeLessThanOrEqual(4);
  });

  test("what a receiver refuses is logged, and not sent again", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", { kind: "refused", because: "HTTP 410." });
    await write(delivery("desk", 1, 200), delivery("desk", 1, 300));
    await rig.dispatcher.pass();
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk")).toEqual([200, 300]);
    expect(rig.counts).toEqual({ sent: 0, failed: 2, lost: 2 });
    expect(rig.log[0]).toContain("HTTP 410.");
  });

  test("Retry-After is respected for every event of the receiver, also after a restart", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", { kind: "failed", because: "HTTP 429.", retryAfterMs: 600_000 });
    await write(delivery("desk", 1, 200));
    await write(delivery("desk", 2, 200));
    await rig.dispatcher.pass();
    expect(rig.attempts).toHaveLength(1);
    const again = createRig(store, [aReceiver()], rig.clock);
    opened.push(again.dispatcher);
    await rig.clock.sleep(590_000);
    await again.dispatcher.pass();
    expect(again.attempts).toEqual([]);
    await rig.clock.sleep(20_000);
    await again.dispatcher.pass();
    expect(again.attempts).toHaveLength(2);
  });

  test("of two processes one sends an event", async () => {
    const [one, two] = [rigFor(aReceiver()), rigFor(aReceiver())];
    for (let run = 1; run <= 5; run += 1) await write(delivery("desk", run, 200));
    await Promise.all([one.dispatcher.pass(), two.dispatcher.pass()]);
    await one.dispatcher.pass();
    expect(one.attempts.length + two.attempts.length).toBe(5);
  });

  test("what a process had begun to send when it was killed is sent again, in its order", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", () => new Promise(() => {}));
    await write(delivery("desk", 1, 200), delivery("desk", 1, 300));
    void rig.dispatcher.pass();
    while (rig.attempts.length === 0) await rig.clock.sleep(0);
    const next = createRig(store, [aReceiver()], rig.clock);
    await next.dispatcher.pass();
    expect(next.attempts).toEqual([]);
    await rig.clock.sleep(60_000);
    await next.dispatcher.pass();
    expect(next.sequencesOf("desk")).toEqual([200, 300]);
    // The killed one is not closed: its attempt never ends.
    opened = [next.dispatcher];
  });

  test("what is accepted and not done is asked for again, and is no failure", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", { kind: "accepted", because: "It will be sent." });
    await write(delivery("desk", 1, 200));
    await rig.dispatcher.pass();
    expect(rig.counts).toEqual({ sent: 0, failed: 0, lost: 0 });
    rig.answers.delete("desk");
    await rig.clock.sleep(5000);
    await rig.dispatcher.pass();
    expect(rig.counts).toEqual({ sent: 1, failed: 0, lost: 0 });
  });

  test("quiet hours hold an event until they end, and an urgent one not at all", async () => {
    const periods = [{ from: "00:00", to: "12:00" }];
    const held = aReceiver({ quietHours: { timeZone: "UTC", periods } });
    const urgent = aReceiver({ name: "urgent", quietHours: { timeZone: "UTC", periods, urgent: ["run.ended"] } });
    const rig = rigFor(held, urgent);
    await write(delivery("desk", 1, 200), delivery("urgent", 1, 200));
    await rig.dispatcher.pass();
    expect(rig.attempts.map(({ receiver }) => receiver)).toEqual(["urgent"]);
    rig.clock.passTo(new Date("2026-11-21T12:00:00Z"));
    if (rig.clock.now().toISOString() > "2026-11-21T12:00:00.000Z")
      rig.clock.passTo(new Date(Date.UTC(2027, 0, 1, 12)));
    await rig.dispatcher.pass();
    expect(rig.attempts.map(({ receiver }) => receiver)).toEqual(["urgent", "desk"]);
  });

  test("held events are read once in a pass, however many others are sent", async () => {
    let readings = 0;
    const counting: SqliteStore = {
      ...store,
      pendingDeliveries: async () =>
        (await store.pendingDeliveries()).map(({ event, ...rest }) =>
          Object.defineProperty({ ...rest, event }, "event", {
            get() {
              readings += 1;
              return event;
            },
          }),
        ),
    };
    const periods = [{ from: "00:00", to: "00:00" }];
    const rig = createRig(counting, [
      aReceiver({ quietHours: { timeZone: "UTC", periods, urgent: ["run.lockouts-found"] } }),
    ]);
    opened.push(rig.dispatcher);
    for (let run = 1; run <= 40; run += 1) await write(delivery("desk", run, 200));
    for (let run = 41; run <= 60; run += 1) {
      const held = delivery("desk", run, 200, "2026-11-21T09:00:00.000Z");
      await write({ ...held, event: held.event.replace("run.ended", "run.lockouts-found") });
    }
    await rig.dispatcher.pass();
    expect(rig.counts.sent).toBe(20);
    // Each once to know what it is, and those that are sent once more.
    expect(readings).toBeLessThanOrEqual(60 + 2 * 20);
  });

  describe("a plan that waits", () => {
    const decideBy = "2026-11-22T08:00:00.000Z";
    const waits = (run: number): Delivery => {
      const one = delivery("desk", run, 200);
      return { ...one, event: one.event.replace("run.ended", "run.plan-waits") };
    };

    async function announce(run: Run): Promise<ReturnType<typeof rigFor>> {
      const rig = rigFor(aReceiver());
      await store.create(run);
      await store.save(run, 1, [waits(1), delivery("desk", 1, 300)]);
      await rig.dispatcher.pass();
      return rig;
    }

    test("is announced", async () => {
      const rig = await announce(storedRun(1, { state: "awaiting-approval", decideBy }));
      expect(rig.sequencesOf("desk")).toEqual([200, 300]);
      expect(rig.log).toEqual([]);
    });

    test.each<[string, Run]>([
      ["somebody has decided", storedRun(1, { state: "applying" })],
      ["the run has ended", asEnded(storedRun(1))],
      ["another one waits", storedRun(1, { state: "awaiting-approval", decideBy: "2026-11-25T08:00:00.000Z" })],
    ])("is not announced when %s, and what follows is sent", async (_, run) => {
      const rig = await announce(run);
      expect(rig.sequencesOf("desk")).toEqual([300]);
      expect(rig.counts).toEqual({ sent: 1, failed: 0, lost: 0 });
      expect(rig.log.join()).toContain('"overtaken"');
      expect(await store.pendingDeliveries()).toEqual([]);
    });

    test("is announced when this version cannot read the run: another one may", async () => {
      const rig = await announce({ ...storedRun(1), format: 99 } as unknown as Run);
      expect(rig.sequencesOf("desk")).toEqual([200, 300]);
    });
  });

  test("why an event failed is logged at its first attempt alone", async () => {
    const rig = rigFor(aReceiver());
    rig.answers.set("desk", { kind: "failed", because: "There was no answer (DEPTH_ZERO_SELF_SIGNED_CERT)." });
    await write(delivery("desk", 1, 200));
    for (let pass = 0; pass < 4; pass += 1) {
      await rig.dispatcher.pass();
      await rig.clock.sleep(600_000);
    }
    expect(rig.attempts.length).toBeGreaterThan(1);
    expect(rig.log).toHaveLength(1);
    expect(rig.log[0]).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("an urgent event in quiet hours takes along what precedes it, and nothing else", async () => {
    const periods = [{ from: "00:00", to: "00:00" }];
    const rig = rigFor(aReceiver({ quietHours: { timeZone: "UTC", periods, urgent: ["run.lockouts-found"] } }));
    const urgent = (run: number, sequence: number): Delivery => {
      const held = delivery("desk", run, sequence);
      return { ...held, event: held.event.replace("run.ended", "run.lockouts-found") };
    };
    await write(delivery("desk", 1, 200), urgent(1, 300), delivery("desk", 1, 400));
    await write(delivery("desk", 2, 210));
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk")).toEqual([200, 300]);
  });

  test("an event that this version cannot read is lost, and keeps no other waiting", async () => {
    const rig = rigFor(aReceiver());
    await write({ ...delivery("desk", 1, 200), event: "{" }, delivery("desk", 1, 300));
    await rig.clock.sleep(3_600_000);
    await rig.dispatcher.pass();
    expect(rig.sequencesOf("desk")).toEqual([300]);
    expect(rig.log.join()).toContain("This version cannot read the event.");
  });

  test("what waits for a receiver that was removed from the settings is lost", async () => {
    const rig = rigFor();
    await write(delivery("desk", 1, 200), delivery("desk", 1, 300));
    await rig.clock.sleep(3_600_000);
    await rig.dispatcher.pass();
    expect(await store.pendingDeliveries()).toEqual([]);
    expect(rig.counts.lost).toBe(2);
    expect(rig.log.join()).toContain("The receiver is no longer in the settings.");
  });

  test("during an update, a process of before leaves alone what only its successor knows", async () => {
    const [before, unknowing] = [rigFor(), rigFor(aReceiver())];
    const known = delivery("desk", 1, 200);
    const ofLater = { ...delivery("desk", 2, 200), event: JSON.stringify({ ...JSON.parse(known.event), later: 1 }) };
    await write(known);
    await write(ofLater);
    await before.dispatcher.pass();
    await unknowing.dispatcher.pass();
    expect(unknowing.attempts.map(({ event }) => event.subject)).toEqual([known.subject]);
    expect((await store.pendingDeliveries()).map(({ event }) => event)).toEqual([ofLater.event]);
    expect([before, unknowing].map(({ counts, log }) => counts.lost + log.length)).toEqual([0, 0]);
  });
});
