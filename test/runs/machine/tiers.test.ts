import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, changeTarget } from "../../../lib/core/change.ts";
import { type GuestEvidence, isUnreadable } from "../../../lib/core/guest-evidence.ts";
import type { Run } from "../../../lib/core/run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import { planUndo } from "../../../lib/runs/planning/undo-plan.ts";
import { maximumTiers } from "../../../lib/runs/timing.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { brokenCipherPolicy, disabledRdp, drive, newRun } from "../rig.ts";

/*
 * After a proven plan, a fault that shows only now is planned in the same run; what is proven stays, whatever happens to
 * the later plan.
 */

function steps({ executed }: FakeVm): string[] {
  return executed.map((name) => name.replace(/^rdpfix-[0-9a-f-]{36}-/, ""));
}

function ids(plans: Run["earlierPlans"]): string[] {
  return plans.flatMap(({ remediations }) => remediations.map(({ id }) => id));
}

function withoutFirewallRules(guest: GuestEvidence): GuestEvidence {
  if (isUnreadable(guest.firewall)) throw new Error("the fixture is readable");
  for (const rule of guest.firewall.rules) rule.enabled = false;
  return guest;
}

/** A VM that goes from one state to the next with each apply, and back with each undo to what `afterStep` names. */
function vmWith(...states: GuestEvidence[]): FakeVm & { afterSteps: number[] } {
  const fake = Object.assign(new FakeVm(), { afterSteps: [] as number[] });
  const [first = healthyGuestEvidence()] = states;
  const state = (number: number) => structuredClone(states[number] ?? states.at(-1) ?? first);
  let applied = 0;
  fake.guest = state(0);
  fake.onScript = (script, request) => {
    if (script === "apply") {
      applied += 1;
      fake.repaired = state(applied);
    }
    if (script === "undo") {
      fake.afterSteps.push(request.afterStep);
      applied = request.afterStep === 0 ? 0 : 1;
      fake.guest = state(applied);
    }
    return {};
  };
  return fake;
}

/** Remote Desktop is off, and the firewall's rules could not be read; it is on, and they prove to be off too. */
const closedTwice = () => [
  { ...disabledRdp(), firewall: { unreadable: "the rules were being loaded" } },
  withoutFirewallRules(healthyGuestEvidence()),
];

/** The certificate's key is damaged. */
function corruptKey(): GuestEvidence {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.certificate) || !guest.certificate.inUse) throw new Error("the fixture is readable");
  const { key } = guest.certificate.inUse;
  Object.assign(key, { usable: false, error: "Bad data.", code: "0x80090005" });
  guest.handshake = { result: "failed", stage: "tls", error: "the connection was closed" };
  return guest;
}

/** The firewall is shut and no handshake could be tried; it is open, and a handshake shows that no suite fits. */
const shutAndWithoutSuite = (): GuestEvidence[] => [
  withoutFirewallRules({ ...brokenCipherPolicy(), handshake: { unreadable: "out of time" } }),
  brokenCipherPolicy(),
];

describe("a fault that shows only after a proven plan", () => {
  test("is repaired in the same run, and one undo knows of both", async () => {
    const fake = vmWith(...closedTwice(), healthyGuestEvidence());
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(run.outcome?.summary).toMatch(/^Restored and proven: .*rdp-is-enabled.*windows-firewall-allows-rdp/);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
    expect(ids(run.earlierPlans)).toEqual(["enable-remote-desktop"]);
    expect(ids(run.plan ? [run.plan] : [])).toEqual(["open-windows-firewall"]);
    const undo = run.state === "ended" ? planUndo(run) : null;
    expect(undo?.changes).toEqual([...(run.earlierPlans[0]?.changes ?? []), ...(run.plan?.changes ?? [])]);
    expect(run.receipts).toHaveLength(undo?.changes.length ?? -1);
  });

  test.each<[string, Partial<Run["options"]>]>([
    ["no remediation that was not named", { remediations: ["enable-remote-desktop"] }],
    ["no check that was not asked for", { checks: ["rdp-is-enabled"] }],
  ])("leads to %s", async (_, options) => {
    const fake = vmWith(...closedTwice(), healthyGuestEvidence());
    const { run } = await drive(newRun("repair", options), fake);
    expect(["advised", "repaired"]).toContain(run.outcome?.kind);
    expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
  });

  test("is repaired by the approval of the first plan, where that covers its risk", async () => {
    const clock = new FakeClock();
    const [first, second] = closedTwice();
    const fake = vmWith(first as GuestEvidence, second as GuestEvidence, healthyGuestEvidence());
    const { run } = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    const planHash = run.plan?.hash ?? "";
    const approved = apply(run, { kind: "decide", approved: true, by: "ada", planHash }, clock.now());
    const { run: ended } = await drive(approved, fake, clock);
    expect(ended.outcome?.kind, ended.outcome?.summary).toBe("repaired");
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
  });

  describe("and whose risk is not covered", () => {
    const clock = new FakeClock();
    async function waiting(): Promise<{ fake: FakeVm; run: Run }> {
      const fake = vmWith(...shutAndWithoutSuite(), healthyGuestEvidence());
      return { fake, run: (await drive(newRun("repair", { maximumRisk: "low" }, clock), fake, clock)).run };
    }
    const decide = (run: Run, approved: boolean) =>
      apply(run, { kind: "decide", approved, by: "ada", planHash: run.plan?.hash ?? "" }, clock.now());

    test("is asked about, while others may claim the VM", async () => {
      const { run } = await waiting();
      expect(run).toMatchObject({ state: "awaiting-approval", claimed: false, proven: { plans: 1, receipts: 1 } });
      expect(ids(run.plan ? [run.plan] : [])).toEqual(["reset-cipher-policy"]);
    });

    test("is repaired after an approval", async () => {
      const { fake, run } = await waiting();
      const { run: ended } = await drive(decide(run, true), fake, clock);
      expect(ended.outcome?.kind, ended.outcome?.summary).toBe("repaired");
      expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
    });

    test.each<[string, (run: Run) => Run]>([
      ["a rejection", (run) => decide(run, false)],
      ["a cancellation", (run) => apply(run, { kind: "cancel", by: "ada" }, clock.now())],
      ["no decision in time", (run) => apply(run, { kind: "time-passed" }, new Date(Date.parse(run.decideBy ?? "")))],
    ])("stays after %s, and so does what is proven", async (_, refused) => {
      const { fake, run } = await waiting();
      const { run: ended } = await drive(refused(run), fake, clock);
      expect(ended.outcome).toMatchObject({ kind: "advised" });
      expect(ended.outcome?.summary).toMatch(
        /^Restored and proven: windows-firewall-allows-rdp\. Not in effect: reset-cipher-policy\./,
      );
      expect(ended.outcome?.summary).toContain("Still faulty: cipher-policy-suits-rdp, rdp-handshake-succeeds;");
      expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
      expect(ids(ended.plan ? [ended.plan] : [])).toEqual(["open-windows-firewall"]);
    });
  });
});

describe("a later plan that fails", () => {
  const onlyTheFirst = { plan: { remediations: [{ id: "enable-remote-desktop" }] }, earlierPlans: [] };

  test("is rolled back alone, and the first stays proven", async () => {
    const fake = vmWith(...closedTwice());
    const { run } = await drive(newRun("repair"), fake);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3", "undo-4"]);
    expect(fake.afterSteps).toEqual([2]);
    expect(run).toMatchObject({ outcome: { kind: "advised" }, ...onlyTheFirst });
    expect(run.outcome?.summary).toContain("Not in effect: open-windows-firewall. Not proven: windows-firewall");
    expect(run.receipts).toHaveLength(run.plan?.changes.length ?? -1);
    expect(run.state === "ended" && planUndo(run)?.changes).toEqual(run.plan?.changes);
  });

  test("also when it breaks what the first has restored", async () => {
    const fake = vmWith(...closedTwice(), disabledRdp());
    const { run } = await drive(newRun("repair"), fake);
    expect(fake.afterSteps).toEqual([2]);
    expect(run).toMatchObject({ outcome: { kind: "advised" }, ...onlyTheFirst });
    expect(run.outcome?.summary).toContain("Worse than before: rdp-handshake-succeeds");
  });

  test("and leaves the first broken: then both are rolled back", async () => {
    const fake = vmWith(...closedTwice(), disabledRdp());
    const { onScript } = fake;
    fake.onScript = (script, request) => {
      const answer = onScript(script, request);
      if (script === "undo") fake.guest = disabledRdp();
      return answer;
    };
    const { run } = await drive(newRun("repair"), fake);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3", "undo-4", "undo-5"]);
    expect(fake.afterSteps).toEqual([2, 0]);
    expect(run.outcome?.kind).toBe("not-repaired");
  });

  test("and a part of which was left alone: an undo still knows of it", async () => {
    const fake = vmWith(...closedTwice());
    const { onScript } = fake;
    fake.onScript = (script, request) => {
      onScript(script, request);
      return script === "undo" ? { conflicts: ["The rule was changed."] } : {};
    };
    const { run } = await drive(newRun("repair"), fake);
    expect(run.outcome?.summary).toContain("Left alone because it was changed since: The rule was changed.");
    expect(ids(run.earlierPlans)).toEqual(["enable-remote-desktop"]);
    expect(run.receipts).toHaveLength([...run.earlierPlans, run.plan].flatMap((plan) => plan?.changes ?? []).length);
  });

  test.each(["refused", "rolled-back"] as const)("inside the VM (%s) needs no rollback", async (status) => {
    const fake = vmWith(...closedTwice());
    const { onScript } = fake;
    fake.onScript = (script, request) =>
      script === "apply" && request.step !== "apply-2"
        ? { status, reason: "The rule is in use.", receipts: [] }
        : onScript(script, request);
    const { run } = await drive(newRun("repair"), fake);
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
    expect(run).toMatchObject({ outcome: { kind: "advised" }, ...onlyTheFirst });
    expect(run.outcome?.summary).toContain("The rule is in use.");
  });
});

test("whatever each look shows, no remediation is made twice and the plans are few", async () => {
  const state = fc.constantFrom(
    ...closedTwice(),
    ...shutAndWithoutSuite(),
    disabledRdp(),
    brokenCipherPolicy(),
    healthyGuestEvidence(),
    withoutFirewallRules(disabledRdp()),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(state, { minLength: 2, maxLength: 6 }), async (states) => {
      const fake = vmWith(...states);
      const { run } = await drive(newRun("repair", { maximumRisk: "replaces-keys" }), fake);
      expect(run.state).toBe("ended");
      const applied = ids([...run.earlierPlans, ...(run.plan ? [run.plan] : [])]);
      expect(new Set(applied).size).toBe(applied.length);
      expect(steps(fake).filter((step) => step.startsWith("apply")).length).toBeLessThanOrEqual(maximumTiers);
      // What the run reports as repaired is what its last look shows.
      if (run.outcome?.kind === "repaired") {
        expect(run.findingsAfter.filter(({ verdict }) => verdict === "faulty")).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

describe("a change that fails inside the VM", () => {
  /** The RDP key is corrupt, and whatever renames it alone fails and is rolled back in the guest. */
  function withStuckKey(failing?: Change["kind"]): FakeVm {
    const fake = new FakeVm();
    fake.guest = corruptKey();
    fake.onScript = (script, { changes }) => {
      if (script !== "apply" || !changes.some(({ kind }) => kind === "rename-rdp-key")) return {};
      const failed = changes.filter(({ kind }) => kind === failing);
      const receipts = failed.map((one) => ({ kind: one.kind, target: changeTarget(one), changed: false, note: null }));
      return { status: "rolled-back", reason: "The file is corrupted. Everything was rolled back.", receipts };
    };
    return fake;
  }

  test("is followed by the next remediation of the same faults, which asks when it risks more", async () => {
    const fake = withStuckKey("rename-rdp-key");
    const { run } = await drive(newRun("repair"), fake);
    expect(run).toMatchObject({ state: "awaiting-approval", failedRemediations: ["renew-rdp-key"], receipts: [] });
    expect(ids(run.plan ? [run.plan] : [])).toEqual(["rename-machine-keys-folder"]);
    expect(run.log.map(({ message }) => message).join("\n")).toContain("The file is corrupted.");
  });

  test("or is carried out at once where that is permitted", async () => {
    const fake = withStuckKey("rename-rdp-key");
    const { run } = await drive(newRun("repair", { maximumRisk: "replaces-keys" }), fake);
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(steps(fake)).toEqual(["collect-1", "apply-2", "apply-3"]);
    expect(run.receipts.map(({ changed }) => changed)).not.toContain(false);
  });

  test.each<[string, Change["kind"] | undefined, Partial<Run["options"]>]>([
    ["which change it was is not known", undefined, {}],
    ["the remediation was named", "rename-rdp-key", { remediations: ["renew-rdp-key"] }],
    ["the other remediation makes the same change", "remove-rdp-certificate", {}],
  ])("ends the run where %s", async (_, failed, options) => {
    const fake = withStuckKey(failed);
    const { run } = await drive(newRun("repair", options), fake);
    expect(run.outcome).toMatchObject({ kind: "not-repaired" });
    expect(steps(fake)).toEqual(["collect-1", "apply-2"]);
  });
});
