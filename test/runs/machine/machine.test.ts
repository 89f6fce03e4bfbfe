import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUnreadable } from "../../../lib/core/guest-evidence.ts";
import { hashChanges } from "../../../lib/core/plan.ts";
import { fail } from "../../../lib/core/problem.ts";
import { Run } from "../../../lib/core/run.ts";
import type { RunEvent } from "../../../lib/runs/effects.ts";
import { apply, next } from "../../../lib/runs/machine/machine.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { brokenCipherPolicy, disabledRdp, drive, id, needsRestart, newRun } from "../rig.ts";

describe("diagnose", () => {
  test("a healthy VM is healthy after one script", async () => {
    const fake = new FakeVm();
    const { run, effects } = await drive(newRun("diagnose"), fake);
    expect(run.outcome).toMatchObject({ kind: "healthy" });
    expect(effects).toEqual([
      "claim",
      "read-azure",
      "start-script",
      "cross-check",
      "poll-script",
      "discard-script",
      "release",
    ]);
    expect(fake.executed).toEqual([`rdpfix-${id}-collect-1`]);
    expect(fake.deleted).toEqual(fake.executed);
  });

  test("a fault is named with its plan, and nothing is changed", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.outcome?.kind).toBe("advised");
    expect(run.plan?.remediations.map((remediation) => remediation.id)).toEqual(["enable-remote-desktop"]);
    expect(fake.executed).toHaveLength(1);
    // Where nothing but the summary is shown, in a runbook or an alert, it names the changes and the risk.
    expect(run.outcome?.summary).toMatch(
      / A repair would: set HKLM\\.*\\fDenyTSConnections; restart services SessionEnv, TermService, UmRdpService\. Risk: interrupts-sessions\.$/,
    );
  });

  test.each([
    ["a stopped VM", { powerState: "deallocated" }, "advised", "vm-is-running"],
    ["an agent that is not ready", { agent: { status: "Not Ready", version: "1" } }, "advised", "guest-agent-is-ready"],
  ])("%s is not looked into", async (_, vmFacts, outcome, check) => {
    const fake = new FakeVm();
    Object.assign(fake.azure.vm, vmFacts);
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe(outcome);
    expect(run.findings.filter((finding) => finding.verdict === "faulty").map((finding) => finding.check)).toEqual([
      check,
    ]);
    expect(fake.executed).toEqual([]);
  });

  test("flows that Network Watcher did not verify are told once, with the reason", async () => {
    const fake = new FakeVm();
    if ("unreadable" in fake.azure.network) throw new Error("The network is readable.");
    Object.assign(fake.azure.network, { flowsUnverified: "the identity lacks a right." });
    const { run } = await drive(newRun("diagnose"), fake);
    const told = run.log.filter(({ message }) => message.startsWith("Network Watcher did not verify"));
    expect(told.map(({ message }) => message)).toEqual([
      "Network Watcher did not verify every flow: the identity lacks a right.",
    ]);
  });

  test("a Linux VM fails with what to do", async () => {
    const fake = new FakeVm();
    fake.azure.vm.osType = "Linux";
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "not-windows" } });
    expect(fake.executed).toEqual([]);
  });

  // The form of the agent's words: azure-cli, test_vm_run_command_e2e.yaml and azure-docs, 10.0.20348.x; NT 6.3 is Server 2012 R2.
  test.each([
    ["Windows Server 2012 R2 Datacenter", "6.3.9600.22175", true],
    ["Windows Server 2012 R2 Datacenter", "Microsoft Windows NT 6.3.9600.0", true],
    ["Windows Server 2008 R2 Datacenter", "6.1.7601", true],
    ["Windows Server 2016 Datacenter", "10.0.14393.7426", false],
    ["Windows 10 Enterprise", "Microsoft Windows NT 10.0.19045.0", false],
    ["Windows", "", false],
    [undefined, undefined, false],
  ])(
    "%s, %s: whether it is too old for Run Command is known before a script leaves",
    async (osName, osVersion, old) => {
      for (const intent of ["diagnose", "repair"] as const) {
        const fake = new FakeVm();
        fake.guest = disabledRdp();
        Object.assign(fake.azure.vm, osName === undefined ? {} : { osName, osVersion });
        const { run } = await drive(newRun(intent), fake);
        if (old) {
          expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "windows-too-old" } });
          expect(run.outcome?.summary).toContain(`runs ${osName}. Managed Run Command is for Windows Server 2016`);
          expect(fake.executed).toEqual([]);
        } else {
          expect(fake.executed.length).toBeGreaterThan(0);
        }
      }
    },
  );
});

describe("repair", () => {
  test("costs two scripts and proves itself", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(fake.executed).toEqual([`rdpfix-${id}-collect-1`, `rdpfix-${id}-apply-2`]);
    expect(run.log.map((entry) => entry.state)).toEqual([
      "queued",
      "preflight",
      "collecting",
      "planned",
      "applying",
      "verifying",
      "ended",
    ]);
    expect(run.claimed).toBe(false);
  });

  test("a dry run stops at the plan", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const { run } = await drive(newRun("repair", { dryRun: true }), fake);
    expect(run.plan?.changes.length).toBeGreaterThan(0);
    expect(run.outcome?.kind).toBe("advised");
    expect(fake.executed).toHaveLength(1);
  });

  test("what does not prove itself is taken back", async () => {
    const fake = new FakeVm();
    fake.guest = fake.repaired = disabledRdp();
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(fake.executed.map((name) => name.slice(id.length + 8))).toEqual(["collect-1", "apply-2", "undo-3"]);
  });

  test("a check that got worse is reason enough", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    if (isUnreadable(fake.repaired.services)) throw new Error("the fixture is readable");
    fake.repaired.services.TermService = {
      state: "Stopped",
      startMode: "Disabled",
      account: "NT AUTHORITY\\NetworkService",
      type: "share",
    };
    fake.repaired.handshake = { result: "failed", stage: "connect", error: "Refused." };
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
  });

  test("a VM that changed meanwhile is diagnosed again, twice at most", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.onScript = (script) =>
      script === "apply" ? { status: "refused", reason: "a value changed", receipts: [] } : {};
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "guest-refused" } });
    expect(fake.executed.filter((name) => name.includes("-collect-"))).toHaveLength(3);
    expect(fake.executed.filter((name) => name.includes("-apply-"))).toHaveLength(3);
  });

  test("the guest's own rollback is believed", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.onScript = (script) => (script === "apply" ? { status: "rolled-back", reason: "access denied" } : {});
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(run.outcome?.summary).toContain("access denied");
  });

  test("a suite policy that shows only after a restart: restarted when that is allowed, said when not", async () => {
    const alone = await drive(newRun("repair"), needsRestart());
    expect(alone.run.outcome).toMatchObject({ kind: "advised" });
    expect(alone.run.outcome?.summary).toContain("Restart it");

    const other = needsRestart();
    const allowed = await drive(newRun("repair", { maximumRisk: "reboots" }), other);
    expect(other.restarts).toBe(1);
    expect(allowed.run.outcome?.kind).toBe("repaired");
  });
});

describe("a decision", () => {
  function risky(): FakeVm {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    return fake;
  }

  test("is awaited when the plan is riskier than allowed, and the approved plan is applied", async () => {
    const fake = risky();
    const clock = new FakeClock();
    const waiting = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    expect(waiting.run.state).toBe("awaiting-approval");
    expect(fake.executed).toHaveLength(1);
    const planHash = waiting.run.plan?.hash ?? "";
    const approved = apply(waiting.run, { kind: "decide", approved: true, by: "ada", planHash }, clock.now());
    const { run } = await drive(approved, fake, clock);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.decision).toMatchObject({ approved: true, by: "ada" });
  });

  test.each<[string, (planHash: string) => RunEvent]>([
    ["no", (planHash) => ({ kind: "decide", approved: false, by: "ada", reason: "not today", planHash })],
    ["cancel", () => ({ kind: "cancel", by: "ada" })],
  ])("%s ends the run untouched", async (_, event) => {
    const fake = risky();
    const clock = new FakeClock();
    const waiting = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    const { run } = await drive(apply(waiting.run, event(waiting.run.plan?.hash ?? ""), clock.now()), fake, clock);
    expect(run.outcome?.kind).toBe("cancelled");
    expect(fake.executed).toHaveLength(1);
  });

  test("that nobody makes is a no", async () => {
    const fake = risky();
    const clock = new FakeClock();
    const waiting = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    await clock.sleep(Date.parse(waiting.run.decideBy ?? "") - clock.now().getTime());
    expect(apply(waiting.run, { kind: "time-passed" }, clock.now()).outcome?.kind).toBe("cancelled");
  });
});

describe("undo", () => {
  test("looks, takes back, and ends undone", async () => {
    const fake = new FakeVm();
    fake.onScript = () => ({ receipts: [] });
    const { run } = await drive(newRun("undo", { undoes: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d" }), fake);
    expect(run.outcome?.kind).toBe("undone");
    expect(fake.executed).toEqual([`rdpfix-${id}-collect-1`, `rdpfix-${id}-undo-2`]);
  });

  test("says what was left alone", async () => {
    const fake = new FakeVm();
    fake.onScript = () => ({ conflicts: ["the registry value was set to 7 since"], receipts: [] });
    const { run } = await drive(newRun("undo", { undoes: "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d" }), fake);
    expect(run.conflicts).toEqual(["the registry value was set to 7 since"]);
    expect(run.outcome?.summary).toContain("Left alone");
  });
});

describe("an alert", () => {
  function byAlert(untagged: "off" | "report" | "repair"): Run {
    const alert = { id: "alert-1", cause: "log:rdp", untagged };
    return { ...newRun("repair"), trigger: { kind: "alert", by: "a rule", alert }, alertReported: false };
  }

  test.each([
    ["repair", "off", "repaired", 2, "alert-1 Closed"],
    ["Report ", "repair", "advised", 1, "alert-1 Acknowledged"],
    ["off", "repair", "cancelled", 0, "alert-1 Acknowledged"],
    ["yes, please", "repair", "cancelled", 0, "alert-1 Acknowledged"],
    [undefined, "report", "advised", 1, "alert-1 Acknowledged"],
    [undefined, "repair", "repaired", 2, "alert-1 Closed"],
  ] as const)("the tag %s and the setting %s: %s", async (tag, untagged, outcome, scripts, told) => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    if (tag !== undefined) fake.azure.vm.tags = { "RDP-Remediation": tag };
    const { run } = await drive(byAlert(untagged), fake);
    expect(run.outcome?.kind).toBe(outcome);
    expect(fake.executed).toHaveLength(scripts);
    expect(fake.told).toEqual([told]);
    expect(run.alertReported).toBe(true);
  });

  test("stays open where Remote Desktop is closed on purpose: nobody can connect", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.azure.vm.tags = { "rdp-access": "closed" };
    const { run } = await drive(byAlert("repair"), fake);
    expect(run.outcome?.kind).toBe("closed-on-purpose");
    expect(fake.told).toEqual(["alert-1 Acknowledged"]);
  });

  test("that cannot be told does not keep the run", async () => {
    const fake = new FakeVm();
    fake.onCall = (call) => (call === "report" ? fail("right-missing", "no right to tell").problem : null);
    const { run } = await drive(byAlert("repair"), fake);
    expect(run).toMatchObject({ alertReported: true, claimed: false, outcome: { kind: "healthy" } });
  });
});

describe("what goes wrong", () => {
  test.each([
    ["missing", "", "reply-missing"],
    ["cut", "RDP-REMEDIATION-REPLY 1 3000 0123456789abcdef H4sIAAAA", "reply-cut"],
  ])("a reply that is %s: the outcome is unknown, and nothing more is touched", async (_, output, code) => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.onScript = (script) => (script === "apply" ? { output } : {});
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "unknown", problem: { code } });
    expect(fake.executed).toHaveLength(2);
    expect(fake.deleted).toHaveLength(2);
  });

  test("a script that never ends is given up, and deleted", async () => {
    const fake = new FakeVm();
    fake.onScript = () => "hangs";
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "unknown", problem: { code: "script-timed-out" } });
    expect(fake.deleted).toHaveLength(1);
  });

  test("throttling is waited for as long as Azure asks", async () => {
    const fake = new FakeVm();
    let refusals = 2;
    fake.onCall = (call) =>
      call === "start" && refusals-- > 0
        ? fail("throttled", "Azure asks to wait.", { retryable: true, retryAfterMs: 17_000 }).problem
        : null;
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.outcome?.kind).toBe("healthy");
    expect(run.log.filter((entry) => entry.message.includes("Trying again in 17 s"))).toHaveLength(2);
  });

  test("a passing problem that does not pass ends the run", async () => {
    const fake = new FakeVm();
    fake.onCall = (call) =>
      call === "read" ? fail("azure-unavailable", "Azure did not answer.", { retryable: true }).problem : null;
    const { run } = await drive(newRun("diagnose"), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "too-many-attempts" } });
    expect(fake.calls.filter((call) => call === "read")).toHaveLength(8);
  });

  test("a VM on which another operation works for ever is given up", async () => {
    const fake = new FakeVm();
    fake.azure.vm.provisioningState = "Updating";
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "too-many-attempts" } });
    expect(fake.calls.filter((call) => call === "read")).toHaveLength(8);
    expect(fake.executed).toEqual([]);
  });

  test("an agent that does not come back after a restart is given up", async () => {
    const fake = new FakeVm();
    fake.guest = brokenCipherPolicy();
    fake.repaired = brokenCipherPolicy();
    fake.onCall = () => {
      if (fake.restarts > 0) fake.azure.vm.agent = { status: "Not Ready", version: "1" };
      return null;
    };
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "too-many-attempts" } });
    expect(run.outcome?.summary).toContain("Changes were made: undo this run");
  });

  test("a Run Command that cannot be deleted does not spoil a repair, and is named", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.onCall = (call) => (call === "discard" ? fail("vm-locked", "A lock forbids to delete.").problem : null);
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.cleanup).toEqual([]);
    expect(run.log.slice(-2).map(({ message }) => message)).toEqual([
      `The Run Command rdpfix-${id}-collect-1 stays in the VM. A lock forbids to delete.`,
      `The Run Command rdpfix-${id}-apply-2 stays in the VM. A lock forbids to delete.`,
    ]);
  });

  test("a lock against changes ends the run untouched", async () => {
    const fake = new FakeVm();
    fake.onCall = (call) => (call === "start" ? fail("vm-locked", "A lock forbids it.").problem : null);
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-locked" } });
  });

  test("an apply whose start Azure did not confirm may have begun: nobody says that nothing was changed", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.onCall = (call) =>
      call === "start" && fake.executed.length > 0
        ? fail("azure-unavailable", "The answer broke off.", { retryable: true }).problem
        : null;
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "unknown", problem: { code: "reply-missing" } });
  });
});

describe("totality", () => {
  const problem = (retryable: boolean) => fail("azure-refused", "no", { retryable }).problem;
  const name = `rdpfix-${id}-collect-1`;
  const anyEvent: fc.Arbitrary<RunEvent> = fc.constantFrom<RunEvent>(
    { kind: "claimed" },
    { kind: "claim-held", by: "another", state: "applying", intent: "repair" },
    { kind: "azure-read", evidence: new FakeVm().azure },
    { kind: "departing", effect: "start-script" },
    { kind: "departing", effect: "restart-vm" },
    { kind: "script-started", name },
    { kind: "script-running", name },
    { kind: "script-absent", name },
    { kind: "script-finished", name, output: "nonsense", failure: null },
    { kind: "script-discarded", name },
    { kind: "restart-accepted" },
    { kind: "released" },
    { kind: "effect-failed", effect: "poll-script", name, problem: problem(true) },
    { kind: "effect-failed", effect: "read-azure", name: null, problem: problem(false) },
    { kind: "time-passed" },
    { kind: "decide", approved: true, by: "x", planHash: hashChanges([]) },
    { kind: "decide", approved: false, by: "x", planHash: hashChanges([]) },
    { kind: "probed", handshake: { address: "10.0.0.4", completed: false, because: "no way" } },
    { kind: "cancel", by: "x" },
  );

  test("any events in any order leave a run that can be stored and asked for its next effect", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Run["intent"]>("diagnose", "repair"),
        fc.array(anyEvent, { maxLength: 40 }),
        (intent, events) => {
          const clock = new FakeClock();
          let run = newRun(intent, {}, clock);
          for (const event of events) {
            run = Run.parse(apply(run, event, clock.now()));
            expect(next(run, clock.now()).kind).toBeTypeOf("string");
            if (run.state === "ended") expect(run.outcome).not.toBeNull();
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("an ended run stays as it ended", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        const clock = new FakeClock();
        const ended = apply(
          newRun("diagnose", {}, clock),
          { kind: "claim-held", by: "another", state: "applying", intent: "repair" },
          clock.now(),
        );
        let run = ended;
        for (const event of events) run = apply(run, event, clock.now());
        expect(run.outcome).toEqual(ended.outcome);
      }),
    );
  });
});
