import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { buildCli } from "../../scripts/build-cli.ts";
import { killCampaign } from "./kill/campaign.ts";
import { newSeed } from "./random.ts";
import { clockJumps } from "./soak/clock-jumps.ts";
import { lockedStore } from "./soak/locked-store.ts";

/* The short forms of `npm run kill` and `npm run soak`, with the program as it is shipped. */

async function shippedProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "campaign-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await buildCli(folder);
  return join(folder, "main.mjs");
}

test("a service that is killed at random instants loses and doubles nothing, and lives through a locked store", async () => {
  const program = await shippedProgram();
  const seed = newSeed();
  const killing = killCampaign({
    store: "sqlite",
    seed,
    kills: 2,
    vms: 4,
    longestMs: 1500,
    program,
    isSilent: true,
    tell: () => {},
  });
  const locking = lockedStore.run({ runs: 0, isShort: true, program });
  const [{ kills, scripts, violations }, locked] = await Promise.all([killing, locking]);
  expect({ seed, kills, violations }).toEqual({ seed, kills: 2, violations: [] });
  expect(scripts).toBeGreaterThan(0);
  expect(locked.violations).toEqual([]);
});

test("a clock that jumps while a script is at work changes nothing of the outcome", async () => {
  const { figures, violations } = await clockJumps.run({ runs: 0, isShort: true });
  expect({ figures, violations }).toEqual({ figures: { jumps: 2 }, violations: [] });
});
