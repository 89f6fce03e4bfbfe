import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { Run } from "../../lib/core/run.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { readRequest } from "../../lib/guest/compose.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import { sweepEveryMs } from "../../lib/runs/timing.ts";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createVirtualClock } from "../../sandbox/time/virtual-clock.ts";
import { withVirtualTime } from "../fixtures/clock.ts";
import { readWorld, signInTo } from "../fixtures/sandbox-service.ts";

/*
 * Two processes on one store. The one that works on a run is killed in the middle of its script; the other, which was
 * alive all the time, takes the run up at its next sweep and takes in the reply of the script that the first one started.
 */

/** The model, in which the script that changes the VM goes on until it is let go. */
function slowGuest(): { guest: Guest; letGo(): void } {
  const gate = Promise.withResolvers<void>();
  return {
    letGo: () => gate.resolve(),
    guest: {
      kind: "modelled",
      async run(windows, script) {
        if (readRequest(script)?.script === "apply") await gate.promise;
        return modelledGuest.run(windows, script);
      },
    },
  };
}

async function killedInTheMiddle(sandbox: Sandbox, database: string, run: Run): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("kill-worker.ts", import.meta.url))], {
    env: {
      ...process.env,
      ...sandbox.env,
      RDP_REMEDIATION_CREDENTIAL: "managed-identity",
      RDP_REMEDIATION_DATABASE: database,
      RUN: JSON.stringify(run),
      STAND_STILL_IN: "applying",
      // The clock of both begins at the same time: to the survivor, a lease of 45 seconds later would be over.
      STARTED_AT: run.createdAt,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = await Promise.race([once(child.stdout, "data"), ended]);
  expect(String(said)).toBe("standing still\n");
  return async () => {
    child.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);
  };
}

test("a process that dies in the middle of a script is taken over at the next sweep of another one", async () => {
  const world = readWorld("several-faults");
  const { guest, letGo } = slowGuest();
  let isDead = false;
  let looks = 0;
  const sandbox = await startSandbox({
    // The clocks of the processes are not one: what takes no time is over at the first look, on any machine.
    world: { ...world, runCommand: { ...world.runCommand, seconds: 0 } },
    guest,
    log(line) {
      if (!isDead || !/^GET .*apply-2/.test(line)) return;
      // The survivor has seen that the script is running. Now it may end.
      looks += 1;
      letGo();
    },
  });
  onTestFinished(() => sandbox.close());
  setDefaultCACertificates([...getCACertificates("bundled"), sandbox.caPem]);
  const folder = mkdtempSync(join(tmpdir(), "take-over-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = join(folder, "runs.sqlite");

  const store = openSqliteStore(database);
  const ports = connectAzure({ endpoint: sandbox.endpoint, credential: signInTo(sandbox, "remediator") });
  // As on a machine on which the other process takes a minute to start.
  const clock = createVirtualClock({ start: new Date(Date.now() - 60_000) });
  const survivor = withVirtualTime(clock, (holding) => createLocalEngine({ store, ports, clock, watchers: [holding] }));
  onTestFinished(async () => {
    await survivor.close();
    store.close();
  });

  const vm = parseVmId(sandbox.vms[0]?.id ?? "");
  if (!vm.ok) throw new Error(vm.problem.message);
  const created = createRun(
    {
      id: randomUUID(),
      vm: vm.value,
      intent: "repair",
      options: { force: false, dryRun: false, maximumRisk: "interrupts-sessions", sources: [] },
      trigger: { kind: "http", by: "a test" },
    },
    clock.now(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  const { id } = created.value;
  const kill = await killedInTheMiddle(sandbox, database, created.value);
  const started = () => sandbox.scriptRuns.map(({ step }) => step);
  expect(started()).toEqual(["collect-1", "apply-2"]);

  // While the first process lives, its run is its own.
  await survivor.resume();
  expect(survivor.isAtWorkElsewhere(id)).toBe(true);
  await kill();
  isDead = true;
  await survivor.resume();
  expect(survivor.isAtWorkElsewhere(id)).toBe(false);
  const run = await survivor.settled(id);
  expect(looks).toBeGreaterThan(1);
  expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
  expect(started()).toEqual(["collect-1", "apply-2"]);
});

test("sweeps are so frequent that a dead process is noticed within a minute", () => {
  expect(sweepEveryMs).toBeLessThanOrEqual(60_000);
});
