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
  pass(14_999);
  expect(await broken()).toEqual(["one"]);
  expect(asked).toBe(1);
  pass(1);
  expect(await broken()).toEqual([]);
  expect(asked).toBe(2);
});

test("a part that never answers is broken, and does not keep the others", async () => {
  const { broken } = rig({ never: () => new Promise<void>(() => {}), one: async () => {} }, 1);
  expect(await broken()).toEqual(["never"]);
});
