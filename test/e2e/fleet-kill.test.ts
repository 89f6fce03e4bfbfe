import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { runIdOf } from "../../lib/fleet/create-operation.ts";
import type { Target, TargetResult } from "../../lib/fleet/fleet-operation.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { World } from "../../sandbox/world.ts";
import { guestScripts, shippedTexts } from "../../scripts/shipped-texts.ts";

/*
 * The process of an operation is killed with SIGKILL, again and again, each time a few moments later than before. Each time
 * the next process goes on: every VM has one run and one result, and every guest script has been executed once.
 */

const vmsPerOperation = 4;
/** Every so many moments: with all of them the test would take minutes. */
const stride = 7;
const mostOperations = 9;

let sandbox: Sandbox;
let folder: string;
let worker: string;

beforeAll(async () => {
  const vms = Array.from({ length: mostOperations * vmsPerOperation }, (_, number) => ({
    name: `vm-${number}`,
    windows: { faults: number % 2 === 0 ? ["rdp-services-stopped"] : [] },
  }));
  const world = World.parse({
    name: "killed-fleet",
    description: "For the test of an operation whose process is killed.",
    vms,
    // The clocks of the two processes are not one: what takes no time is over at the first look, on any machine.
    runCommand: { seconds: 0 },
  });
  sandbox = await startSandbox({ world, guest: "modelled" });
  folder = mkdtempSync(join(tmpdir(), "fleet-kill-"));
  worker = join(folder, "worker.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("fleet-kill-worker.ts", import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    plugins: [shippedTexts(guestScripts)],
    // Packages of the older module format call this `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

interface Ending {
  readonly signal: NodeJS.Signals | null;
  readonly result: {
    readonly state: string;
    readonly counts: Record<string, number>;
    readonly runs: number;
    readonly results: TargetResult[];
    readonly moments: number;
  } | null;
}

/** The targets of one operation of the test: its own VMs. */
function targetsOf(number: number): Target[] {
  return sandbox.vms.slice(number * vmsPerOperation, (number + 1) * vmsPerOperation).map(({ id }) => {
    const vm = parseVmId(id);
    if (!vm.ok) throw new Error(vm.problem.message);
    return { vm: vm.value, location: "westeurope" };
  });
}

function work(operation: string, targets: readonly Target[], killAt: number): Promise<Ending> {
  const env = {
    ...process.env,
    ...sandbox.env,
    RDP_REMEDIATION_DATABASE: join(folder, `${operation}.sqlite`),
    OPERATION: operation,
    TARGETS: JSON.stringify(targets),
    KILL_AT: String(killAt),
  };
  const child = spawn(process.execPath, [worker], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_, signal) => resolve({ signal, result: output ? JSON.parse(output) : null }));
  });
}

function checkEnd(operation: string, targets: readonly Target[], ending: Ending, when: string): void {
  expect(ending.signal, when).toBeNull();
  expect(ending.result, when).toMatchObject({ state: "ended", counts: { repaired: 2, healthy: 2 }, runs: 4 });
  expect(
    ending.result?.results.map(({ number }) => number),
    when,
  ).toEqual([0, 1, 2, 3]);
  for (const { vm } of targets) {
    const runId = runIdOf(operation, vm);
    const scripts = sandbox.scriptRuns.filter(({ vm: name }) => name === vm.name);
    expect(new Set(scripts.map((one) => one.runId)), when).toEqual(new Set([runId]));
    const steps = scripts.map(({ step }) => step);
    expect(new Set(steps).size, when).toBe(steps.length);
  }
}

test("an operation whose process is killed loses nothing and doubles nothing", { timeout: 300_000 }, async () => {
  const whole = randomUUID();
  const ending = await work(whole, targetsOf(0), 0);
  checkEnd(whole, targetsOf(0), ending, "not killed");
  const moments = ending.result?.moments ?? 0;
  expect(moments).toBeGreaterThan(20);
  async function killedIn(round: number): Promise<void> {
    const moment = (round - 1) * stride + 1;
    // How many saves there are varies with the load: only moments that every operation has are counted on.
    if (moment > moments - 6) return;
    const operation = randomUUID();
    const killed = await work(operation, targetsOf(round), moment);
    expect(killed, `killed at moment ${moment}`).toEqual({ signal: "SIGKILL", result: null });
    checkEnd(operation, targetsOf(round), await work(operation, targetsOf(round), 0), `killed at moment ${moment}`);
  }

  const rounds = Array.from({ length: mostOperations - 1 }, (_, index) => index + 1);
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let round = rounds.shift(); round; round = rounds.shift()) await killedIn(round);
    }),
  );
});
