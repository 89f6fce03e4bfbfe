import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from "@azure/core-rest-pipeline";
import { expect, test } from "vitest";
import { createArmGauge } from "../../lib/azure/arm-gauge.ts";
import { fixtureTime } from "../fixtures/evidence.ts";

const one = "00000000-0000-4000-8000-00000000000A";
let time = Date.parse(fixtureTime);

function gauge() {
  time = Date.parse(fixtureTime);
  const made = createArmGauge(() => new Date(time));
  const answer = (status: number, headers: Record<string, string>, subscription = one) => {
    const request = createPipelineRequest({
      url: `https://management.azure.com/subscriptions/${subscription}/resourceGroups/rg?api-version=1`,
    });
    const response: PipelineResponse = { status, headers: createHttpHeaders(headers), request };
    return made.policy.sendRequest(request, async () => response);
  };
  return { allowanceOf: made.allowanceOf, answer };
}

test("remembers what each subscription has left, by kind", async () => {
  const { allowanceOf, answer } = gauge();
  expect(allowanceOf(one)).toEqual({ reads: null, writes: null, deletes: null, blockedUntil: 0 });
  await answer(200, { "x-ms-ratelimit-remaining-subscription-reads": "120" });
  await answer(201, { "x-ms-ratelimit-remaining-subscription-writes": "7" });
  await answer(200, { "x-ms-ratelimit-remaining-subscription-reads": "1" }, "00000000-0000-4000-8000-00000000000b");
  await answer(200, { "x-ms-ratelimit-remaining-subscription-reads": "many" });
  expect(allowanceOf(one.toLowerCase())).toEqual({ reads: 120, writes: 7, deletes: null, blockedUntil: 0 });
});

test("buckets refill while nobody asks, to their size at most", async () => {
  const { allowanceOf, answer } = gauge();
  await answer(200, { "x-ms-ratelimit-remaining-subscription-reads": "0" });
  time += 2000;
  expect(allowanceOf(one).reads).toBe(50);
  time += 3_600_000;
  expect(allowanceOf(one).reads).toBe(250);
});

test("a refusal of the subscription blocks it for as long as Azure asks, one of a single VM does not", async () => {
  const { allowanceOf, answer } = gauge();
  await answer(429, { "x-ms-ratelimit-remaining-subscription-reads": "90", "retry-after": "30" });
  expect(allowanceOf(one).blockedUntil).toBe(0);
  await answer(429, { "x-ms-ratelimit-remaining-subscription-reads": "0", "retry-after": "30" });
  expect(allowanceOf(one).blockedUntil).toBe(time + 30_000);
  await answer(429, { "retry-after": "86400" });
  expect(allowanceOf(one).blockedUntil).toBe(time + 60_000);
});
