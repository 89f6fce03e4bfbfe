import { describe, expect, test } from "vitest";
import { type GuestEvidence, isUnreadable } from "../../../lib/core/guest-evidence.ts";
import type { Run } from "../../../lib/core/run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import { planUndo } from "../../../lib/runs/planning/undo-plan.ts";
import type { RdpProbe } from "../../../lib/runs/ports.ts";
import { maximumStartingLooks } from "../../../lib/runs/timing.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { fixtureTime, healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { brokenCipherPolicy, disabledRdp, drive, needsRestart, newRun } from "../rig.ts";

/*
 * After the changes nothing may be worse than before, and what was to be restored must be: else it is taken back.
 */

function steps({ executed }: FakeVm): string[] {
  return executed.map((name) => name.replace(/^rdpfix-[0-9a-f-]{36}-/, ""));
}

/** Nobody may log on, and the listener answers all the same. */
function disabledButAnswering(): GuestEvidence {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.registry)) throw new Error("the fixture is readable");
  guest.registry["terminal-server/TSUserEnabled"] = { type: "dword", data: 1 };
  return guest;
}

/** The same Windows, whose own client may use no TLS that the listener has. */
function withLimitedClient(guest: GuestEvidence): GuestEvidence {
  const client = { address: "10.0.0.4", offered: [], forbidden: ["TLS 1.2", "TLS 1.3"] };
  return { ...guest, handshake: { result: "failed", stage: "tls", error: "no common algorithm", client } };
}

describe("a handshake that the VM's own client cannot make", () => {
  test("counts neither against the repair nor for it, and the outcome says how to prove it", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.repaired = withLimitedClient(healthyGuestEvidence());
    const { run } = await drive(newRun("repair"), fake);
    expect(run.findings).toContainEqual(
      expect.objectContaining({ check: "rdp-handshake-succeeds", verdict: "faulty" }),
    );
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.outcome?.summary).toMatch(/^Restored and proven: [^.]*rdp-is-enabled/);
    expect(run.outcome?.summary).not.toMatch(/proven: [^.]*rdp-handshake-succeeds/);
    expect(run.outcome?.summary).toContain(
      "A handshake is not proven from inside the VM: the registry forbids its own client TLS 1.2 and TLS 1.3",
    );
    expect(run.outcome?.summary).toContain("with the command probe");
    expect(run.outcome?.summary).not.toContain("could not be read: rdp-handshake-succeeds");
    expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
  });

  test("does not stand for a fault that is still there", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.repaired = withLimitedClient(disabledRdp());
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(steps(fake)).toEqual(takenBack);
  });
});

const takenBack = ["collect-1", "apply-2", "undo-3"];

describe("what got worse is taken back", () => {
  test.each<[string, (repaired: GuestEvidence) => void, string]>([
    [
      "a check that was healthy",
      (repaired) => {
        if (isUnreadable(repaired.firewall)) throw new Error("the fixture is readable");
        for (const rule of repaired.firewall.rules) rule.enabled = false;
      },
      "windows-firewall-allows-rdp",
    ],
    [
      "a handshake that failed afterwards",
      (repaired) => {
        repaired.handshake = { result: "failed", stage: "tls", error: "reset" };
      },
      "rdp-handshake-succeeds",
    ],
    [
      "a handshake of which nothing is known afterwards",
      (repaired) => {
        repaired.handshake = { unreadable: "dropped" };
      },
      "rdp-handshake-succeeds",
    ],
  ])("%s", async (_, worsen, check) => {
    const fake = new FakeVm();
    fake.guest = disabledButAnswering();
    worsen(fake.repaired);
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(run.outcome?.summary).toContain("Tried enable-remote-desktop. Worse than before:");
    expect(run.outcome?.summary).toContain(check);
    const { because } = run.findings.find((finding) => finding.check === "rdp-is-enabled") ?? { because: "nothing" };
    expect(run.outcome?.summary).toContain(`What led to it: ${because}`);
    expect(steps(fake)).toEqual(takenBack);
  });

  test("the handshake counts although its check was not asked for", async () => {
    const fake = new FakeVm();
    fake.guest = disabledButAnswering();
    fake.repaired.handshake = { result: "failed", stage: "tls", error: "reset" };
    const { run } = await drive(newRun("repair", { checks: ["rdp-is-enabled"] }), fake);
    expect(run.outcome).toMatchObject({ kind: "not-repaired" });
    expect(steps(fake)).toEqual(takenBack);
  });

  test("but another section that could not be read again is no proof of harm", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    fake.repaired.firewall = { unreadable: "dropped" };
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.outcome?.summary).toContain("Not judged, because it could not be read: windows-firewall-allows-rdp.");
    expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
  });

  test("nor does a change for the worse wait for a restart that might help", async () => {
    const fake = new FakeVm();
    fake.guest = brokenCipherPolicy();
    fake.repaired = brokenCipherPolicy();
    if (isUnreadable(fake.repaired.firewall)) throw new Error("the fixture is readable");
    for (const rule of fake.repaired.firewall.rules) rule.enabled = false;
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(fake.restarts).toBe(0);
  });

  test("a taking back whose answer is lost ends in doubt", async () => {
    const fake = new FakeVm();
    fake.guest = fake.repaired = disabledRdp();
    fake.onScript = (script) => (script === "undo" ? { output: "" } : {});
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome).toMatchObject({ kind: "unknown", problem: { code: "reply-missing" } });
  });

  test("a taking back is never forced, although the plan was", async () => {
    const fake = new FakeVm();
    fake.guest = fake.repaired = disabledRdp();
    const forced: boolean[] = [];
    fake.onScript = (script, request) => {
      if (script === "undo") forced.push(request.force);
      return {};
    };
    await drive(newRun("repair", { force: true, remediations: ["enable-remote-desktop"] }), fake);
    expect(forced).toEqual([false]);
  });
});

describe("a restart", () => {
  async function approve(maximumRisk: Run["options"]["maximumRisk"], fake: FakeVm): Promise<Run> {
    const clock = new FakeClock();
    const { run } = await drive(newRun("repair", { maximumRisk }, clock), fake, clock);
    expect(run.state).toBe("awaiting-approval");
    const planHash = run.plan?.hash ?? "";
    const approved = apply(run, { kind: "decide", approved: true, by: "ada", planHash }, clock.now());
    return (await drive(approved, fake, clock)).run;
  }

  test("is not made by who approved a plan whose risk is less than that", async () => {
    const fake = needsRestart();
    const run = await approve("low", fake);
    expect(fake.restarts).toBe(0);
    expect(run.outcome).toMatchObject({ kind: "advised" });
    expect(run.outcome?.summary).toContain('this run may do "interrupts-sessions" at most, not "reboots". Restart it');
  });

  test("an Arc-enabled server is never restarted, whatever the run may do: its owner is told to", async () => {
    const fake = needsRestart();
    const asked = newRun("repair", { maximumRisk: "reboots" });
    const { run } = await drive({ ...asked, vm: { ...asked.vm, kind: "arc-machine" } }, fake);
    expect(run.outcome).toMatchObject({ kind: "advised" });
    expect(run.outcome?.summary).toContain(
      "Azure cannot restart an Arc-enabled server. Restart it, then diagnose again",
    );
    expect(fake.restarts).toBe(0);
  });

  test("is made where it is permitted, and verified by another look when the agent is back", async () => {
    const fake = needsRestart();
    let notReady = 3;
    fake.onCall = (call) => {
      const restarting = call === "read" && fake.restarts > 0 && notReady-- > 0;
      fake.azure.vm.agent = { status: restarting ? "Not Ready" : "Ready", version: "1" };
      return null;
    };
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(run.outcome?.kind).toBe("repaired");
    expect(fake.restarts).toBe(1);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "collect-3"]);
    expect(run.log.filter(({ message }) => message.includes("Not Ready"))).toHaveLength(3);
  });

  test("that did not help is followed by taking everything back, and by no second one", async () => {
    const fake = needsRestart();
    fake.onScript = () => ({});
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(fake.restarts).toBe(1);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "collect-3", "undo-4"]);
  });
});

describe("while Windows is still starting after the changes", () => {
  /** A VM whose services run only from this look after its restart on; every look is `minutes` after its boot. */
  function slowToStart(startsAtLook: number, minutes: (look: number) => number): FakeVm {
    const fake = needsRestart();
    let looks = 0;
    fake.onScript = (script) => {
      if (fake.restarts === 0 || script !== "collect") return {};
      looks += 1;
      const guest = looks < startsAtLook ? notStarted() : healthyGuestEvidence();
      if (isUnreadable(guest.system)) throw new Error("the fixture is readable");
      guest.system.bootTime = new Date(Date.parse(fixtureTime) - minutes(looks) * 60_000).toISOString();
      return { evidence: guest };
    };
    return fake;
  }

  function notStarted() {
    const guest = healthyGuestEvidence();
    if (isUnreadable(guest.services) || !guest.services.TermService) throw new Error("the fixture is readable");
    guest.services.TermService.state = "Stopped";
    if (!isUnreadable(guest.listener)) guest.listener.owner = null;
    guest.handshake = { result: "failed", stage: "connect", error: "connection refused" };
    return guest;
  }

  test("the run looks again, and judges what it sees then", async () => {
    const fake = slowToStart(3, (look) => look);
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "collect-3", "collect-4", "collect-5"]);
    expect(run).toMatchObject({ outcome: { kind: "repaired" }, restarted: true, startingLooks: 2 });
    expect(run.log.filter(({ message }) => message.includes("Windows is still starting"))).toHaveLength(2);
  });

  test("what has not started when Windows has had its time counts as not proven", async () => {
    const fake = slowToStart(99, (look) => look * 2);
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    // At 2 and 4 minutes it is looked at again, at 6 no more.
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "collect-3", "collect-4", "collect-5", "undo-6"]);
    expect(run.outcome?.kind).toBe("not-repaired");
  });

  test("a guest whose clock stands still is not looked at for ever", async () => {
    const fake = slowToStart(99, () => 1);
    const { run } = await drive(newRun("repair", { maximumRisk: "reboots" }), fake);
    expect(run).toMatchObject({ startingLooks: maximumStartingLooks, outcome: { kind: "not-repaired" } });
  });

  test("after a change without a restart of this run it is the same", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const times: Record<string, [GuestEvidence, number]> = {
      apply: [notStarted(), 1],
      collect: [healthyGuestEvidence(), 3],
    };
    fake.onScript = (script) => {
      const [guest, minutes] = fake.executed.length > 1 ? (times[script] ?? []) : [];
      if (!guest || minutes === undefined || isUnreadable(guest.system)) return {};
      guest.system.bootTime = new Date(Date.parse(fixtureTime) - minutes * 60_000).toISOString();
      return { evidence: guest };
    };
    const { run } = await drive(newRun("repair"), fake);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "collect-3"]);
    expect(run).toMatchObject({ outcome: { kind: "repaired" }, restarted: false });
  });
});

describe("the service's own handshake", () => {
  class FakeProbe implements RdpProbe {
    readonly asked: string[] = [];
    readonly #answers: readonly boolean[];

    constructor(...answers: boolean[]) {
      this.#answers = answers;
    }

    async probe(address: string, port: number) {
      const completed = this.#answers[this.asked.length];
      if (completed === undefined) throw new Error("one probe too many");
      this.asked.push(`${address}:${port}`);
      return { completed, because: completed ? "It completed." : "It timed out." };
    }
  }

  function probing(): Run {
    const run = newRun("repair");
    return { ...run, limits: { ...run.limits, probes: true } };
  }

  async function repairWith(probe: FakeProbe): Promise<{ run: Run; fake: FakeVm }> {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const { run } = await drive(probing(), fake, new FakeClock(), probe);
    return { run, fake };
  }

  test("that completes afterwards is part of the proof", async () => {
    const probe = new FakeProbe(false, true);
    const { run } = await repairWith(probe);
    expect(probe.asked).toEqual(["10.0.0.4:3389", "10.0.0.4:3389"]);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.outcome?.summary).toContain("also by a handshake of the service itself");
    expect(run.outside).toMatchObject({ before: { completed: false }, after: { completed: true } });
  });

  test("that never completed proves nothing: no way is no fault", async () => {
    const { run } = await repairWith(new FakeProbe(false, false));
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("that completed before and fails now takes the repair back", async () => {
    const { run, fake } = await repairWith(new FakeProbe(true, false));
    expect(run.outcome?.kind).toBe("not-repaired");
    expect(run.outcome?.summary).toContain("Worse than before: the service's own handshake. It timed out.");
    expect(steps(fake)).toEqual(takenBack);
  });

  test("is not made where the settings do not want it, nor for a diagnosis, nor without an address", async () => {
    const none = new FakeProbe();
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    expect((await drive(newRun("repair"), fake, new FakeClock(), none)).effects).not.toContain("probe");
    expect(
      (await drive({ ...probing(), intent: "diagnose" }, new FakeVm(), new FakeClock(), none)).effects,
    ).not.toContain("probe");
    const blind = new FakeVm();
    blind.guest = disabledRdp();
    blind.azure.network = { unreadable: "no right" };
    expect((await drive(probing(), blind, new FakeClock(), none)).run.outside.after).toBeNull();
  });

  test("that the service cannot make ends no run", async () => {
    const fake = new FakeVm();
    fake.guest = disabledRdp();
    const { run } = await drive(probing(), fake);
    expect(run).toMatchObject({ outcome: { kind: "repaired" }, outside: { before: { completed: false } } });
  });
});

describe("a first plan that has not helped", () => {
  /** The permissions are wrong; when they are in order, the key proves to be corrupt. */
  function twoTiers(): FakeVm {
    const fake = new FakeVm();
    const broken = healthyGuestEvidence();
    if (isUnreadable(broken.keys) || !broken.keys.rdpKey) throw new Error("the fixture is readable");
    broken.keys.rdpKey.sddl = "D:PAI(A;;FA;;;BA)";
    broken.handshake = { result: "failed", stage: "tls", error: "reset" };
    if (isUnreadable(broken.certificate)) throw new Error("the fixture is readable");
    if (broken.certificate.inUse) broken.certificate.inUse.key.usable = false;
    const between = structuredClone(broken);
    if (isUnreadable(between.keys) || !between.keys.rdpKey) throw new Error("the fixture is readable");
    const healthy = healthyGuestEvidence();
    if (isUnreadable(healthy.keys) || !healthy.keys.rdpKey) throw new Error("the fixture is readable");
    between.keys.rdpKey.sddl = healthy.keys.rdpKey.sddl;
    fake.guest = broken;
    fake.repaired = between;
    fake.onScript = (script) => {
      if (script === "apply" && fake.executed.filter((name) => name.includes("apply")).length > 1) {
        fake.repaired = healthyGuestEvidence();
      }
      return {};
    };
    return fake;
  }

  test("is followed by the one that the new evidence names, without a rollback in between", async () => {
    const fake = twoTiers();
    const { run } = await drive(newRun("repair", { maximumRisk: "replaces-keys" }), fake);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
    expect(run.earlierPlans).toHaveLength(1);
  });

  describe("and the risk of the next one is not covered: the run asks", () => {
    const clock = new FakeClock();

    /** The firewall's rules are off; the look after they are on shows that the key is corrupt. */
    function closedWithCorruptKey(): FakeVm {
      const fake = new FakeVm();
      if (isUnreadable(fake.guest.firewall)) throw new Error("the fixture is readable");
      for (const rule of fake.guest.firewall.rules) rule.enabled = false;
      fake.guest.certificate = { unreadable: "the store was locked" };
      fake.guest.handshake = { result: "failed", stage: "tls", error: "reset" };
      const between = healthyGuestEvidence();
      if (isUnreadable(between.certificate) || !between.certificate.inUse) throw new Error("the fixture is readable");
      between.firewall = { unreadable: "the rules were being loaded" };
      between.certificate.inUse.key.usable = false;
      between.handshake = { result: "failed", stage: "tls", error: "reset" };
      fake.repaired = between;
      fake.onScript = (script) => {
        const applied = fake.executed.filter((name) => name.includes("apply")).length;
        if (script === "apply" && applied > 1) fake.repaired = healthyGuestEvidence();
        return {};
      };
      return fake;
    }

    async function waiting(): Promise<{ fake: FakeVm; run: Run }> {
      const fake = closedWithCorruptKey();
      const { run } = await drive(newRun("repair", { maximumRisk: "low" }, clock), fake, clock);
      return { fake, run };
    }

    const decide = (run: Run, approved: boolean) =>
      apply(run, { kind: "decide", approved, by: "ada", planHash: run.plan?.hash ?? "" }, clock.now());

    test("and keeps its VM and what the first plan has done", async () => {
      const { fake, run } = await waiting();
      expect(run).toMatchObject({ state: "awaiting-approval", claimed: true, decision: null });
      expect(run.plan?.remediations.map(({ id }) => id)).toEqual(["renew-rdp-key"]);
      expect(run.earlierPlans.map(({ remediations }) => remediations.map(({ id }) => id))).toEqual([
        ["open-windows-firewall"],
      ]);
      expect(run.log.at(-1)?.message).toContain('The plan\'s risk is "interrupts-sessions"');
      expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
    });

    test("and goes on after an approval, to the proof of both", async () => {
      const { fake, run } = await waiting();
      const { run: ended } = await drive(decide(run, true), fake, clock);
      expect(ended.outcome?.kind, ended.outcome?.summary).toBe("repaired");
      expect(ended.outcome?.summary).toContain("windows-firewall-allows-rdp");
      expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
      expect(ended.state === "ended" && planUndo(ended)?.risk).toBe("interrupts-sessions");
    });

    test("also about sessions that the first plan has let in", async () => {
      const fake = twoTiers();
      fake.repaired.sessions = { active: 2, disconnected: 0 };
      const { run } = await drive(newRun("repair", {}, clock), fake, clock);
      expect(run).toMatchObject({ state: "awaiting-approval", earlierPlans: [{}] });
      expect(run.log.at(-1)?.message).toContain("2 sessions are active on the VM");
    });

    test.each<[string, (run: Run) => Run]>([
      ["a rejection", (run) => decide(run, false)],
      ["a cancellation", (run) => apply(run, { kind: "cancel", by: "ada" }, clock.now())],
      ["no decision in time", (run) => apply(run, { kind: "time-passed" }, new Date(Date.parse(run.decideBy ?? "")))],
    ])("and takes the first plan back after %s", async (_, refused) => {
      const { fake, run } = await waiting();
      const { run: ended } = await drive(refused(run), fake, clock);
      expect(ended.outcome?.kind).toBe("not-repaired");
      expect(steps(fake)).toEqual(["collect-1", "apply-2", "undo-3"]);
    });
  });
});

test("a named remediation that restores no check is rolled back", async () => {
  const fake = new FakeVm();
  const options = { remediations: ["restart-rdp-services"], force: true };
  const { run } = await drive(newRun("repair", options), fake);
  expect(run.outcome).toMatchObject({
    kind: "not-repaired",
    summary: expect.stringContaining("restart-rdp-services restored no check"),
  });
  expect(steps(fake)).toEqual(takenBack);
});
