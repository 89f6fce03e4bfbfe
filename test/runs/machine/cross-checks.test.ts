import { describe, expect, test } from "vitest";
import type { AzureEvidence } from "../../../lib/core/azure-evidence.ts";
import type { Run } from "../../../lib/core/run.ts";
import { apply, next } from "../../../lib/runs/machine/machine.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { healthyAzureEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { drive, newRun } from "../rig.ts";

/*
 * Azure's cross-checks of the network (the rules and the routes in effect, IP flow verify) take up to 20 s. They are read while
 * the first script is at work in the VM, so that they delay nothing.
 */

const unverified = "Could not verify the flow: it did not end within 20000 ms.";

/** Fails every cross-check, as a network with that part unreadable. */
function withoutChecks(network: AzureEvidence["network"]): AzureEvidence["network"] {
  if (!("interfaces" in network)) return network;
  const interfaces = network.interfaces.map((nic) => ({ ...nic, effective: { unreadable: unverified } }));
  return { ...network, interfaces, flowsUnverified: unverified };
}

/** A VM whose script takes this long, and whose cross-checks take this long; in seconds of the clock that the run sees. */
function slowVm(clock: FakeClock, scriptSeconds: number, checkSeconds: number): FakeVm {
  const vm = new FakeVm();
  let endsAt = Number.POSITIVE_INFINITY;
  const start = vm.start.bind(vm);
  vm.start = async (...given) => {
    endsAt = clock.now().getTime() + scriptSeconds * 1000;
    return start(...given);
  };
  const status = vm.status.bind(vm);
  vm.status = async (...given) => {
    if (clock.now().getTime() < endsAt) return { ok: true, value: { kind: "running" } };
    return status(...given);
  };
  const crossCheck = vm.crossCheck.bind(vm);
  vm.crossCheck = async (...given) => {
    await clock.sleep(checkSeconds * 1000);
    return crossCheck(...given);
  };
  return vm;
}

async function diagnose(scriptSeconds: number, checkSeconds: number, change?: FakeVm["onCrossCheck"]) {
  const clock = new FakeClock();
  const from = clock.now().getTime();
  const vm = slowVm(clock, scriptSeconds, checkSeconds);
  if (change) vm.onCrossCheck = change;
  const { run, effects } = await drive(newRun("diagnose", {}, clock), vm, clock);
  return { run, effects, vm, seconds: (clock.now().getTime() - from) / 1000 };
}

const verdicts = (run: Run) => run.findings.map(({ check, verdict }) => `${check} ${verdict}`);

test("they are read once, after the script was started and before its reply is looked for", async () => {
  const { effects, vm } = await diagnose(1, 0);
  expect(effects.slice(0, 5)).toEqual(["claim", "read-azure", "start-script", "cross-check", "poll-script"]);
  expect(vm.calls.filter((call) => call === "crossCheck")).toHaveLength(1);
});

test("cross-checks that take their whole 20 s cost no time beside a script of 30 s", async () => {
  const quick = await diagnose(30, 0);
  const slow = await diagnose(30, 20);
  expect(slow.run.outcome?.kind).toBe("healthy");
  // A poll may fall otherwise between two waits; the 20 s are not among what is added.
  expect(slow.seconds).toBeLessThanOrEqual(quick.seconds + 5);
});

test("beside a script that is quicker than they are, only what is left of them is waited for", async () => {
  expect((await diagnose(5, 20)).seconds).toBeLessThan(20 + 5);
});

test("a failure of theirs costs only itself: the same findings, and a line of the log says why", async () => {
  const good = await diagnose(30, 1);
  const bad = await diagnose(30, 20, withoutChecks);
  expect(verdicts(bad.run)).toEqual(verdicts(good.run));
  expect(bad.run.outcome?.kind).toBe(good.run.outcome?.kind);
  expect(bad.run.log.map(({ message }) => message)).toContain(
    `Network Watcher did not verify every flow: ${unverified}`,
  );
});

test("an unexpected error of theirs costs only itself, too", () => {
  const clock = new FakeClock();
  const { run } = collectingRun(clock);
  const problem = { code: "internal" as const, message: "The SDK gave up.", retryable: false };
  const failed = apply(run, { kind: "effect-failed", effect: "cross-check", name: null, problem }, clock.now());
  expect(failed).toMatchObject({ state: "collecting", crossChecks: "done", before: run.before });
  expect(failed.log.at(-1)?.message).toBe("The network was not cross-checked. The SDK gave up.");
  expect(next(failed, clock.now()).kind).toBe("wait");
});

/** A run whose first script is at work, and which has its cross-checks ahead. */
function collectingRun(clock: FakeClock): { run: Run } {
  let run = newRun("diagnose", {}, clock);
  const name = `rdpfix-${run.id}-collect-1`;
  for (const event of [
    { kind: "claimed" },
    { kind: "azure-read", evidence: healthyAzureEvidence() },
    { kind: "departing", effect: "start-script" },
    { kind: "script-started", name },
  ] as const) {
    run = apply(run, event, clock.now());
  }
  expect(next(run, clock.now()).kind).toBe("cross-check");
  return { run };
}

describe("where no script will run, they are read with the network", () => {
  test("because only the network was asked about", async () => {
    const { effects, run } = await drive(newRun("diagnose", { checks: ["nsg-allows-rdp"] }), new FakeVm());
    expect(effects).toEqual(["claim", "read-azure", "release"]);
    expect(run.outcome?.kind).toBe("healthy");
  });

  test("because the VM agent is not ready", async () => {
    const vm = new FakeVm();
    vm.azure.vm.agent = { status: "Not Ready", version: "1" };
    const { effects } = await drive(newRun("diagnose"), vm);
    expect(effects).toEqual(["claim", "read-azure", "read-azure", "release"]);
    expect(vm.calls).toEqual(["read", "read", "crossCheck"]);
  });

  test("not at all where the VM does not run: Azure answers them for a running VM alone", async () => {
    const vm = new FakeVm();
    vm.azure.vm.powerState = "deallocated";
    await drive(newRun("diagnose"), vm);
    expect(vm.calls).toEqual(["read"]);
  });
});
