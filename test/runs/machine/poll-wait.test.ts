import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunIn } from "../../../lib/core/run.ts";
import { apply, next } from "../../../lib/runs/machine/machine.ts";
import { runCommandName } from "../../../lib/runs/machine/script.ts";
import { longestRetryAfterMs } from "../../../lib/runs/timing.ts";
import { storedRun } from "../../fixtures/stored-run.ts";

/*
 * How long a run waits before it polls its script again when Azure says so (Retry-After).
 */

function running(): RunIn<"collecting"> {
  const run = storedRun(1, { state: "collecting", claimed: true });
  if (run.state !== "collecting") throw new Error("it looks inside the VM");
  return { ...run, crossChecks: "done", script: { ...run.script, phase: "running" } };
}

const now = new Date("2026-11-21T08:00:00Z");

function waitAfter(run: RunIn<"collecting">, retryAfterMs?: number): number {
  const name = runCommandName(run.id, run.script.step);
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  const effect = next(apply(run, { kind: "script-running", name, ...asked }, now), now);
  return effect.kind === "wait" ? Date.parse(effect.until) - now.getTime() : 0;
}

test("as long as Azure asks, and never less than without it", () => {
  const usual = waitAfter(running());
  expect(usual).toBe(2500);
  expect(waitAfter(running(), 10_000)).toBe(10_000);
  expect(waitAfter(running(), 100)).toBe(usual);
});

test("never beyond the script's own deadline, nor for hours", () => {
  fc.assert(
    fc.property(fc.nat(2 * 86_400_000), fc.nat(1_400_000), (retryAfterMs, waitedMs) => {
      const run = running();
      const waiting = { ...run, script: { ...run.script, waitedMs: Math.min(waitedMs, run.script.awaitMs - 1) } };
      const wait = waitAfter(waiting, retryAfterMs);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(waiting.script.awaitMs - waiting.script.waitedMs);
      expect(wait).toBeLessThanOrEqual(longestRetryAfterMs);
    }),
  );
});
