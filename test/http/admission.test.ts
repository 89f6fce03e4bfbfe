import { expect, test } from "vitest";
import { createAdmission } from "../../lib/http/admission.ts";

/** A turn of the event loop, after which admitted work has begun. */
const loop = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when it is told to, and counts how much of it has begun. */
function slowWork() {
  const ends: (() => void)[] = [];
  const work = () => new Promise<string>((resolve) => ends.push(() => resolve("done")));
  return { work, begun: () => ends.length, endNext: () => ends.shift()?.() };
}

test("in a storm what has no room is refused at once, and its work is not begun", async () => {
  const admission = createAdmission({ atOnce: 2, waiting: 3, patienceMs: 800 });
  const { work, begun } = slowWork();
  const all = Array.from({ length: 100 }, () => admission.run(work));
  const refused = await Promise.all(all.slice(5));
  expect(refused).toEqual(Array(95).fill(null));
  await loop();
  expect(begun()).toBe(2);
});

test("requests that come in one after the other are all seen before the first is worked off, also when work never waits", async () => {
  const admission = createAdmission({ atOnce: 2, waiting: 3, patienceMs: 800 });
  // As sockets that are readable at the same time: a callback each, and nothing but resolved promises in the work.
  const arrive = () =>
    new Promise<string | null>((resolve) => setImmediate(() => resolve(admission.run(() => Promise.resolve("done")))));
  const answers = await Promise.all(Array.from({ length: 100 }, arrive));
  expect(answers.filter((answer) => answer === null)).toHaveLength(95);
});

test("what waits is not refused later: it gets its turn, also when the work takes longer than was expected", async () => {
  let clock = 0;
  const admission = createAdmission({ atOnce: 1, waiting: 3, patienceMs: 800 }, () => clock);
  const { work, endNext } = slowWork();
  const all = [1, 2, 3].map(() => admission.run(work));
  for (const one of all) {
    await loop();
    await loop();
    clock += 5000;
    endNext();
    expect(await one).toBe("done");
  }
});

test("who waits gets the place of what has ended, also when that failed, in order", async () => {
  const admission = createAdmission({ atOnce: 1, waiting: 3, patienceMs: 800 });
  const { work, endNext } = slowWork();
  const failing = admission.run(() => Promise.reject(new Error("no")));
  const [second, third] = [admission.run(work), admission.run(work)];
  await expect(failing).rejects.toThrow("no");
  await loop();
  await loop();
  endNext();
  expect(await second).toBe("done");
  await loop();
  await loop();
  endNext();
  expect(await third).toBe("done");
  const fourth = admission.run(work);
  await loop();
  await loop();
  endNext();
  expect(await fourth).toBe("done");
});

test("who would wait too long, by what the work took so far, is refused on arrival", async () => {
  let clock = 0;
  const admission = createAdmission({ atOnce: 2, waiting: 100, patienceMs: 800 }, () => clock);
  const { work, begun, endNext } = slowWork();
  // Thirty pieces of work, one after the other: the mean is near 400 ms.
  for (let number = 0; number < 30; number += 1) {
    const done = admission.run(work);
    await loop();
    await loop();
    clock += 400;
    endNext();
    expect(await done).toBe("done");
  }
  const all = Array.from({ length: 10 }, () => admission.run(work));
  // Two are at work, and four will be at work within 800 ms.
  expect(await Promise.all(all.slice(6))).toEqual([null, null, null, null]);
  await loop();
  await loop();
  expect(begun()).toBe(2);
});
