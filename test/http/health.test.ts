import { expect, test } from "vitest";
import { createHealth } from "../../lib/http/health.ts";

function rig(parts: Record<string, () => Promise<void>>, withinMs = 5_000) {
  let time = 0;
  const named = Object.entries(parts).map(([name, check]) => ({ name, check }));
  const health = createHealth(named, { now: () => new Date(time), freshMs: 15_000, withinMs });
  const broken = async () => (await health()).map(({ name }) => name);
  return {
    broken,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

test("all parts are asked, and those that fail are named", async () => {
  const { broken } = rig({
    one: async () => {},
    two: () => Promise.reject(new Error("down")),
    three: () => Promise.reject(new Error("down")),
  });
  expect(await broken()).toEqual(["two", "three"]);
});

test("an answer serves for a while, and for all who ask at once", async () => {
  let asked = 0;
  let isDown = true;
  const { broken, pass } = rig({
    one: async () => {
      asked += 1;
      if (isDown) throw new Error("down");
    },
  });
  expect(await Promise.all([broken(), broken(), broken()])).toEqual([["one"], ["one"], ["one"]]);
  isDown = false;
  pass(9_999);
  expect(await broken()).toEqual(["one"]);
  expect(asked).toBe(1);
  pass(5_001);
  expect(await broken()).toEqual([]);
  expect(asked).toBe(2);
});

test("whoever asks regularly never waits for a slow part, and learns of it before the answer is too old", async () => {
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  const { broken, pass } = rig({ slow: () => answers[asked++]?.promise ?? Promise.resolve() });
  answers[0]?.resolve();
  expect(await broken()).toEqual([]);
  pass(10_000);
  // The part is asked again, and has not answered yet.
  expect([await broken(), await broken(), asked]).toEqual([[], [], 2]);
  answers[1]?.reject(new Error("down"));
  await expect.poll(broken).toEqual(["slow"]);
  expect(asked).toBe(2);
  // An answer that is too old is not given: this one waits.
  pass(15_000);
  const waiting = broken();
  answers[2]?.resolve();
  expect(await waiting).toEqual([]);
});

test("a part that never answers is broken, and does not keep the others", async () => {
  const { broken } = rig({ never: () => new Promise<void>(() => {}), one: async () => {} }, 1);
  expect(await broken()).toEqual(["never"]);
});
