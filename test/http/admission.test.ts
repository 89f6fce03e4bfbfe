import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAdmission } from "../../lib/http/admission.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

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
  expect(begun()).toBe(2);
});

test("what waits is refused before a second has passed", async () => {
  const admission = createAdmission({ atOnce: 1, waiting: 3, patienceMs: 800 });
  const { work, begun } = slowWork();
  const [, ...waiting] = [1, 2, 3].map(() => admission.run(work));
  await vi.advanceTimersByTimeAsync(800);
  expect(await Promise.all(waiting)).toEqual([null, null]);
  expect(begun()).toBe(1);
});

test("who waits gets the place of what has ended, also when that failed, in order", async () => {
  const admission = createAdmission({ atOnce: 1, waiting: 3, patienceMs: 800 });
  const { work, endNext } = slowWork();
  const failing = admission.run(() => Promise.reject(new Error("no")));
  const [second, third] = [admission.run(work), admission.run(work)];
  await expect(failing).rejects.toThrow("no");
  await vi.advanceTimersByTimeAsync(0);
  endNext();
  expect(await second).toBe("done");
  await vi.advanceTimersByTimeAsync(0);
  endNext();
  expect(await third).toBe("done");
  const fourth = admission.run(work);
  await vi.advanceTimersByTimeAsync(0);
  endNext();
  expect(await fourth).toBe("done");
});
