import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { guestScripts, shippedTexts } from "../../scripts/shipped-texts.ts";
import { readWorld } from "../fixtures/sandbox-service.ts";

/*
 * A process is killed with SIGKILL at each moment of a repair in turn. Started again, it repairs the VM, and every
 * guest script has been executed once.
 */

const mostMoments = 60;
let sandbox: Sandbox;
let folder: string;
/** The worker as one file: most of the time of a process that lives for a moment goes by while it loads its modules. */
let worker: string;

beforeAll(async () => {
  const world = readWorld("several-faults");
  const vm = world.vms[0];
  if (!vm) throw new Error("the world has a VM");
  const vms = Array.from({ length: mostMoments + 1 }, (_, number) => ({ ...vm, name: `vm-app-${number}` }));
  sandbox = await startSandbox({
    // The clocks of the two processes are not one: what takes no time is over at the first look, on any machine.
    world: { ...world, vms, runCommand: { ...world.runCommand, seconds: 0 } },
    guest: "modelled",
  });
  folder = mkdtempSync(join(tmpdir(), "kill-"));
  worker = join(folder, "worker.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("kill-worker.ts", import.meta.url))],
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

function repairOf(number: number): Run {
  const vm = parseVmId(sandbox.vms[number]?.id ?? "");
  if (!vm.ok) throw new Error(vm.problem.message);
  const created = createRun(
    {
      id: randomUUID(),
      vm: vm.value,
      intent: "repair",
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] },
      trigger: { kind: "terminal", by: "a test" },
    },
    new Date(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

interface Ending {
  signal: NodeJS.Signals | null;
  result: { outcome: Run["outcome"]; moments: number } | null;
}

function work(run: Run, killAt: number): Promise<Ending> {
  const env = {
    ...process.env,
    ...sandbox.env,
    RDP_REMEDIATION_CREDENTIAL: "managed-identity",
    RDP_REMEDIATION_DATABASE: join(folder, `${run.id}.sqlite`),
    RUN: JSON.stringify(run),
    KILL_AT: String(killAt),
  };
  const child = spawn(process.execPath, [worker], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_, signal) => resolve({ signal, result: output ? JSON.parse(output) : null }));
  });
}

test("a repair killed at each of its moments in turn ends repaired, each script executed once", async () => {
  const whole = await work(repairOf(0), 0);
  expect(whole.result?.outcome?.kind).toBe("repaired");
  const moments = whole.result?.moments ?? 0;
  expect(moments).toBeGreaterThan(15);
  expect(moments).toBeLessThanOrEqual(mostMoments);

  async function killedAt(moment: number): Promise<void> {
    const run = repairOf(moment);
    const first = await work(run, moment);
    expect(first, `killed at moment ${moment}`).toEqual({ signal: "SIGKILL", result: null });
    const second = await work(run, 0);
    expect(second.result?.outcome?.kind, `resumed after moment ${moment}`).toBe("repaired");
    const executed = sandbox.scriptRuns.filter((one) => one.runId === run.id).map((one) => one.step);
    expect(executed, `scripts around moment ${moment}`).toEqual(["collect-1", "apply-2"]);
  }

  // The number of polls varies with the machine's load: only moments that every run has are counted on.
  const queue = Array.from({ length: moments - 2 }, (_, index) => index + 1);
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let moment = queue.shift(); moment; moment = queue.shift()) await killedAt(moment);
    }),
  );
});
