import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

/*
 * What a run comes to, and how long it says that it took, depends on the world and on no machine: not on how long a
 * script really takes, and not on how fast simulated time passes.
 */

/** Takes real time for each script: at the greatest scale below, hours of simulated time. */
const slowGuest: Guest = {
  ...modelledGuest,
  async run(windows, script) {
    await setTimeout(20);
    return modelledGuest.run(windows, script);
  },
};

async function repair(name: string, guest: Guest, scale: number) {
  const service = await serveWorld(readWorld(name), guest, { clock: createVirtualClock({ scale }) });
  onTestFinished(() => service.close());
  const run = await service.run("repair", readWorld(name).expectWith?.options);
  const ended = run.state === "weakened" ? await service.ended(run.id) : run;
  return {
    seconds: (service.clock.now().getTime() - Date.parse(run.createdAt)) / 1000,
    end: {
      outcome: ended.outcome?.kind,
      summary: ended.outcome?.summary.replaceAll(run.id, "RUN").replace(/\d{4}-\S+Z/g, "TIME"),
      receipts: ended.receipts.map(({ kind, target, changed }) => ({ kind, target, changed })),
      scripts: service.sandbox.scriptRuns.map(({ step }) => step),
      calls: service.sandbox.calls.filter(({ method }) => method !== "GET").length,
    },
  };
}

/** One that waits for its script, one that restarts, one that is throttled, one that weakens for a time, one that never ends. */
const worlds = [
  "renew-rdp-certificate",
  "cipher-policy-needs-restart",
  "throttled",
  "weaken-network-level-authentication",
  "stuck-running",
];

function secondsBetween(times: readonly string[]): number[] {
  return times.slice(1).map((time, i) => (Date.parse(time) - Date.parse(times[i] ?? "")) / 1000);
}

test("Azure that asks for ten seconds between two polls is given them, and the run waits no longer than that", async () => {
  const service = await serveWorld(readWorld("polls-ask-to-wait"), modelledGuest);
  onTestFinished(() => service.close());
  const run = await service.run("repair");
  expect(run.outcome?.kind).toBe("repaired");
  for (const step of ["collect-1", "apply-2"]) {
    const polls = service.sandbox.calls.filter(({ method, path }) => method === "GET" && path.endsWith(step));
    const gaps = secondsBetween(polls.map(({ at }) => at));
    expect(gaps.length).toBeGreaterThan(1);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(10);
    for (const gap of gaps) expect(gap).toBeLessThan(11);
  }
});

test("a first Run Command that waits for the agent is awaited within its own deadline, and the second one is quick", async () => {
  const service = await serveWorld(readWorld("first-run-command-slow"), modelledGuest);
  onTestFinished(() => service.close());
  const run = await service.run("repair");
  expect(run.outcome?.kind).toBe("repaired");
  const [look, change] = service.sandbox.scriptRuns.map(({ at }) => Date.parse(at) - Date.parse(run.createdAt));
  expect(look).toBeGreaterThan(95_000);
  expect((change ?? 0) - (look ?? 0)).toBeLessThan(30_000);
  // Its polls are fewer the longer it waits: they stay within what Azure allows (12 a minute, 36 in reserve).
  const polls = service.sandbox.calls.filter(({ method, path }) => method === "GET" && path.endsWith("collect-1"));
  expect(polls.length).toBeLessThan(30);
});

test.each(worlds)("%s takes as long on a slow machine as on a quick one, to the millisecond", async (name) => {
  const quick = await repair(name, modelledGuest, Number.POSITIVE_INFINITY);
  const slow = await repair(name, slowGuest, Number.POSITIVE_INFINITY);
  expect(slow).toEqual(quick);
  expect(quick.seconds).toBeGreaterThan(1);
});

test.each(worlds)("%s ends the same at any scale of time", async (name) => {
  const { end } = await repair(name, modelledGuest, Number.POSITIVE_INFINITY);
  for (const scale of [10_000, 1_000_000]) {
    expect((await repair(name, slowGuest, scale)).end, `scale ${scale}`).toEqual(end);
  }
});
