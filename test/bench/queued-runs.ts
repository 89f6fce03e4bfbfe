import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Run } from "../../lib/core/run.ts";
import { createLocalEngine } from "../../lib/local/engine.ts";
import { openSqliteStore } from "../../lib/local/sqlite-store.ts";
import { createRun } from "../../lib/runs/intake/create-run.ts";
import type { Clock } from "../../lib/runs/ports.ts";
import { sweepEveryMs } from "../../lib/runs/timing.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { type Benchmark, measureTime } from "./benchmark.ts";

const waiting = 5000;
const slots = 500;
const warmUpSeconds = 600;
const seconds = 600;
const turnsOfASecond = 40;

/** Time passes second by second, and what is due in a second is done in it: the cost of the clock itself is small. */
function secondsClock(): Clock & { pass(): Promise<void> } {
  let time = Date.parse("2026-11-21T08:00:00Z");
  const due = new Map<number, Set<() => void>>();
  return {
    now: () => new Date(time),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (!(ms > 0) || signal?.aborted) return void setImmediate().then(resolve);
        const at = Math.ceil((time + ms) / 1000);
        const woken = () => {
          signal?.removeEventListener("abort", woken);
          due.get(at)?.delete(woken);
          resolve();
        };
        due.set(at, (due.get(at) ?? new Set()).add(woken));
        signal?.addEventListener("abort", woken, { once: true });
      }),
    async pass() {
      time += 1000;
      for (const wake of [...(due.get(time / 1000) ?? [])]) wake();
      due.delete(time / 1000);
      for (let turn = 0; turn < turnsOfASecond; turn += 1) await setImmediate();
    },
  };
}

function diagnosis(number: number, now: Date): Run {
  const vm = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: `vm-${number}` };
  const options = { force: false, dryRun: false, maximumRisk: "none" as const, sources: [] };
  const trigger = { kind: "http", by: "a benchmark" } as const;
  const created = createRun({ id: randomUUID(), vm, intent: "diagnose", options, trigger }, now);
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

/** Runs that wait for a slot, behind others whose VMs never answer: what the process does is the waiting alone. */
export const queuedRuns: Benchmark = {
  names: ["queued-runs.cpu"],
  async run() {
    const clock = secondsClock();
    const store = openSqliteStore(":memory:");
    const fake = new FakeVm();
    const never = new Promise<never>(() => {});
    const reader = { read: () => never, uniqueIdOf: () => never, crossCheck: () => never };
    const ports = { reader, channel: fake, power: fake, alerts: fake };
    const engine = createLocalEngine({ store, ports, clock, runsAtWork: slots });
    for (let number = 0; number < slots + waiting; number += 1) await engine.start(diagnosis(number, clock.now()));
    let begun = process.cpuUsage();
    for (let second = 0; second < warmUpSeconds + seconds; second += 1) {
      if (second === warmUpSeconds) begun = process.cpuUsage();
      await clock.pass();
      if (second % (sweepEveryMs / 1000) === 0) await engine.resume();
    }
    const { user, system } = process.cpuUsage(begun);
    const percent = ((user + system) / 1_000_000 / seconds) * 100;
    return [
      measureTime(
        "queued-runs.cpu",
        percent,
        `% of a core`,
        `${waiting} runs that wait for one of ${slots} slots: below 3`,
      ),
    ];
  },
};
