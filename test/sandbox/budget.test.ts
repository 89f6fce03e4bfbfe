import fc from "fast-check";
import { expect, test } from "vitest";
import { makeBudget } from "../../sandbox/azure/budget.ts";
import { realClock } from "../../sandbox/time/clock.ts";
import { startSimulatedAzure, worldOf } from "./simulated-azure.ts";

function clock() {
  let ms = 0;
  return { now: () => new Date(ms), pass: (seconds: number) => (ms += seconds * 1000) };
}

const read = { method: "GET", subscription: "s", principal: "p", policy: "LowCostGetVM", vm: "vm" } as const;
const write = { method: "PUT", subscription: "s", principal: "p", policy: "UpdateVM", vm: "vm" } as const;

test.each([
  ["reads of one VM", read, 36, 12],
  ["writes of one VM", write, 12, 4],
  ["questions after an operation", { ...read, policy: "GetOperation" }, 45, 15],
] as const)("%s: so many at once, then so many a minute", (_, call, capacity, perMinute) => {
  const { now, pass } = clock();
  const budget = makeBudget(now);
  for (let n = 0; n < capacity; n += 1) expect(budget.charge(call).exceeded).toBeNull();
  expect(budget.charge(call).exceeded).toMatchObject({ scope: "vm", retryAfterSeconds: 60 / perMinute });
  pass(60);
  for (let n = 0; n < perMinute; n += 1) expect(budget.charge(call).exceeded).toBeNull();
  expect(budget.charge(call).exceeded).not.toBeNull();
  expect(budget.exceeded).toHaveLength(2);
});

test("a bucket never holds more than its capacity, and each VM has its own", () => {
  const { now, pass } = clock();
  const budget = makeBudget(now);
  pass(3600);
  for (let n = 0; n < 12; n += 1) budget.charge(write);
  expect(budget.exceeded).toEqual([]);
  expect(budget.charge({ ...write, vm: "other" }).exceeded).toBeNull();
  expect(budget.charge(write).exceeded).toMatchObject({ policy: "UpdateVMResource" });
});

test("the subscription's own bucket of ARM counts too", () => {
  const { now } = clock();
  const budget = makeBudget(now);
  for (let n = 0; n < 250; n += 1) budget.charge({ method: "GET", subscription: "s", principal: "p" });
  expect(budget.charge({ method: "GET", subscription: "s", principal: "p" }).exceeded).toMatchObject({
    policy: "subscription-reads",
    retryAfterSeconds: 1,
  });
  expect(budget.charge({ method: "GET", subscription: "s", principal: "q" }).exceeded).toBeNull();
});

test("a refused call costs nothing", () => {
  const { now, pass } = clock();
  const budget = makeBudget(now);
  for (let n = 0; n < 100; n += 1) budget.charge(write);
  pass(15);
  expect(budget.charge(write).exceeded).toBeNull();
});

test("however calls are spaced, no stretch of time lets in more than the capacity and what was refilled in it", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(gaps, (seconds) => {
      const { now, pass } = clock();
      const budget = makeBudget(now);
      const admitted: number[] = [];
      for (const gap of seconds) {
        pass(gap);
        if (!budget.charge(write).exceeded) admitted.push(now().getTime());
      }
      for (const [first, from] of admitted.entries()) {
        for (const [last, to] of admitted.entries()) {
          if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(12 + ((to - from) / 60_000) * 4 + 1e-6);
        }
      }
    }),
  );
});

test("a world with throttling answers 429; any other only counts", async () => {
  const statuses: Record<string, number[]> = {};
  for (const throttling of [true, false]) {
    const now = new Date();
    const { sandbox, vmPath, ask } = await startSimulatedAzure({
      world: worldOf({ throttling }),
      clock: { ...realClock, now: () => now },
    });
    const answers = [];
    for (let n = 0; n < 37; n += 1) answers.push(await ask("GET", `${vmPath}?api-version=2026-04-01`));
    statuses[String(throttling)] = answers.slice(-2).map(({ status }) => status);
    expect(sandbox.budget.exceeded).toMatchObject([{ policy: "LowCostGetResource", scope: vmPath.toLowerCase() }]);
    if (!throttling) continue;
    const refused = answers.at(-1);
    expect(refused?.headers.get("retry-after")).toBe("5");
    expect(refused?.body.error).toMatchObject({ code: "OperationNotAllowed", details: [{ code: "TooManyRequests" }] });
  }
  expect(statuses).toEqual({ true: [200, 429], false: [200, 200] });
});
