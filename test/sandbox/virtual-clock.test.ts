import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";

const start = new Date("2026-11-21T08:00:00.000Z");

function clockAt(scale?: number) {
  const clock = createVirtualClock({ start, ...(scale && { scale }) });
  return { clock, passed: () => clock.now().getTime() - start.getTime() };
}

/** Real work that takes many turns of the event loop, and some real time. */
async function realWork(turns = 500): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate();
}

describe("a virtual clock", () => {
  test("stands still when nobody waits", async () => {
    const { clock, passed } = clockAt();
    let woken = false;
    void clock.sleep(1000).then(() => {
      woken = true;
    });
    await realWork();
    expect({ woken, passed: passed() }).toEqual({ woken: false, passed: 0 });
  });

  test("goes from event to event, in their order, and takes exactly what they say", async () => {
    const { clock, passed } = clockAt();
    const seen: [string, number][] = [];
    async function actor(name: string, ...waits: number[]): Promise<void> {
      for (const ms of waits) {
        await clock.sleep(ms);
        seen.push([name, passed()]);
      }
    }
    await clock.during(Promise.all([actor("a", 3_600_000, 1), actor("b", 10, 10, 86_400_000)]));
    expect(seen).toEqual([
      ["b", 10],
      ["b", 20],
      ["a", 3_600_000],
      ["a", 3_600_001],
      ["b", 86_400_020],
    ]);
  });

  test.each([undefined, 1_000_000])("stands still while real work holds it, however long (scale %s)", async (scale) => {
    const { clock, passed } = clockAt(scale);
    let woken = false;
    const sleeping = clock.sleep(60_000).then(() => {
      woken = true;
    });
    const work = clock.hold(async () => {
      const before = passed();
      await realWork();
      return { before, after: passed(), woken };
    });
    const { before, after, woken: early } = await clock.during(work);
    expect(after).toBe(before);
    expect(early).toBe(false);
    await clock.during(sleeping);
    expect(passed()).toBe(60_000);
  });

  test("is charged with what work takes by the world's word, and wakes whoever is due meanwhile", async () => {
    const { clock, passed } = clockAt();
    const woken: number[] = [];
    for (const ms of [200, 100, 900]) void clock.sleep(ms).then(() => woken.push(passed()));
    await clock.hold(() => clock.charge(500));
    expect(woken).toEqual([100, 200]);
    expect(passed()).toBe(500);
  });

  test("ends a sleep when its signal does, and has lost no time", async () => {
    const { clock, passed } = clockAt();
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    stop.abort();
    await sleeping;
    await clock.sleep(1000, stop.signal);
    expect(passed()).toBe(0);
  });

  test("passes at its scale for whoever looks", async () => {
    const { clock, passed } = clockAt(100_000);
    const sleeping = clock.sleep(3_600_000);
    let looks = 0;
    const looking = (async () => {
      let last = 0;
      while (passed() < 3_600_000) {
        expect(passed()).toBeGreaterThanOrEqual(last);
        last = passed();
        looks += 1;
        await setImmediate();
      }
    })();
    await clock.during(Promise.all([sleeping, looking]));
    expect(looks).toBeGreaterThan(1);
    expect(passed()).toBe(3_600_000);
  });

  test("ends what it waits for with its error", async () => {
    const { clock } = clockAt();
    await expect(clock.during(clock.hold(() => Promise.reject(new Error("broken"))))).rejects.toThrow("broken");
    await clock.during(clock.sleep(5));
  });
});
