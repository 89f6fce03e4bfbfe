import { describe, expect, test } from "vitest";
import { isUnreadable } from "../../../lib/core/guest-evidence.ts";
import type { Run } from "../../../lib/core/run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * What a run asks about, and that a decision holds for the plan that was looked at and for no other.
 */

function broken(): FakeVm {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  return fake;
}

function applied({ executed }: FakeVm): number {
  return executed.filter((name) => name.includes("-apply-")).length;
}

const approval = (run: Run) => ({
  kind: "decide" as const,
  approved: true,
  by: "ada",
  planHash: run.plan?.hash ?? "",
});

describe("a decision holds for one plan", () => {
  test("another plan's hash decides nothing", async () => {
    const clock = new FakeClock();
    const { run } = await drive(newRun("repair", { maximumRisk: "none" }, clock), broken(), clock);
    const other = { ...approval(run), planHash: "0".repeat(64) };
    expect(apply(run, other, clock.now())).toBe(run);
    expect(apply(run, { ...other, approved: false }, clock.now())).toBe(run);
  });

  test("changes that are not those of the approved hash are not applied, whatever the stored plan says", async () => {
    const fake = broken();
    const clock = new FakeClock();
    fake.onScript = (script) =>
      script === "apply" ? { status: "refused", reason: "a value changed", receipts: [] } : {};
    const { run } = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    if (!run.plan) throw new Error("a plan waits");
    const [first, ...others] = run.plan.changes;
    if (first?.kind !== "set-registry-value") throw new Error("the plan sets a value");
    const tampered = { ...run, plan: { ...run.plan, changes: [{ ...first, was: null }, ...others] } };
    const { run: ended } = await drive(apply(tampered, approval(run), clock.now()), fake, clock);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "internal" } });
    expect(applied(fake)).toBe(0);
  });

  test("the VM changed meanwhile, and the same plan follows: it is applied without asking again", async () => {
    const fake = broken();
    const clock = new FakeClock();
    let refusals = 1;
    fake.onScript = (script) =>
      script === "apply" && refusals-- > 0 ? { status: "refused", reason: "a service changed", receipts: [] } : {};
    const waiting = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    const { run } = await drive(apply(waiting.run, approval(waiting.run), clock.now()), fake, clock);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.replans).toBe(1);
  });

  test("the VM changed meanwhile, and another plan follows: that one is asked about", async () => {
    const fake = broken();
    const clock = new FakeClock();
    fake.onScript = (script) => {
      if (script !== "apply" || applied(fake) > 1) return {};
      if (isUnreadable(fake.guest.registry)) throw new Error("the fixture is readable");
      fake.guest.registry["terminal-server/TSUserEnabled"] = { type: "dword", data: 1 };
      return { status: "refused", reason: "TSUserEnabled changed", receipts: [] };
    };
    const first = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    const second = await drive(apply(first.run, approval(first.run), clock.now()), fake, clock);
    expect(second.run).toMatchObject({ state: "awaiting-approval", decision: null, replans: 1 });
    expect(second.run.plan?.hash).not.toBe(first.run.plan?.hash);
    expect(second.run.decideBy).not.toBe(first.run.decideBy);
    // Who approved the first plan has not approved this one.
    expect(apply(second.run, approval(first.run), clock.now())).toBe(second.run);
    const { run } = await drive(apply(second.run, approval(second.run), clock.now()), fake, clock);
    expect(run.outcome?.kind).toBe("repaired");
    expect(run.decision?.planHash).toBe(second.run.plan?.hash);
    expect(applied(fake)).toBe(2);
  });

  test("a VM that changes at every attempt is given up after two more, with approvals in between", async () => {
    const fake = broken();
    const clock = new FakeClock();
    fake.onScript = (script) => (script === "apply" ? { status: "refused", reason: "again", receipts: [] } : {});
    const waiting = await drive(newRun("repair", { maximumRisk: "none" }, clock), fake, clock);
    const { run } = await drive(apply(waiting.run, approval(waiting.run), clock.now()), fake, clock);
    expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "guest-refused" } });
    expect(applied(fake)).toBe(3);
    expect(run.receipts).toEqual([]);
  });
});

describe("sessions", () => {
  function withSessions(sessions: { active: number; disconnected: number } | { unreadable: string }): FakeVm {
    const fake = broken();
    fake.guest.sessions = sessions;
    return fake;
  }

  test.each([
    [0, 0, "ended"],
    [1, 0, "awaiting-approval"],
    [2, 2, "ended"],
    [3, 2, "awaiting-approval"],
  ] as const)("%i active where %i may be ended without asking: %s", async (active, sessionsWithoutAsking, state) => {
    const start = newRun("repair");
    const limits = { ...start.limits, sessionsWithoutAsking };
    const { run } = await drive({ ...start, limits }, withSessions({ active, disconnected: 5 }));
    expect(run.state).toBe(state);
    const asked = run.log.at(-1)?.message ?? "";
    if (state === "awaiting-approval")
      expect(asked).toMatch(new RegExp(`^${active} sessions? (is|are) active on the VM`));
  });

  test("that could not be counted are asked about", async () => {
    const { run } = await drive(newRun("repair"), withSessions({ unreadable: "dropped" }));
    expect(run.state).toBe("awaiting-approval");
    expect(run.log.at(-1)?.message).toContain("how many are active could not be read");
  });

  test("are no matter for a diagnosis, nor for a plan that restarts nothing", async () => {
    const fake = withSessions({ active: 4, disconnected: 0 });
    expect((await drive(newRun("diagnose"), fake)).run.state).toBe("ended");
    const closed = withSessions({ active: 4, disconnected: 0 });
    closed.guest = { ...new FakeVm().guest, sessions: { active: 4, disconnected: 0 } };
    if (isUnreadable(closed.guest.firewall)) throw new Error("the fixture is readable");
    for (const rule of closed.guest.firewall.rules) rule.enabled = false;
    const { run } = await drive(newRun("repair"), closed);
    expect(run.plan?.remediations.map(({ id }) => id)).toEqual(["open-windows-firewall"]);
    expect(run.outcome?.kind).toBe("repaired");
  });

  test("that a person knew of do not keep the approved plan", async () => {
    const fake = withSessions({ active: 2, disconnected: 0 });
    const clock = new FakeClock();
    const waiting = await drive(newRun("repair", {}, clock), fake, clock);
    const { run } = await drive(apply(waiting.run, approval(waiting.run), clock.now()), fake, clock);
    expect(run.outcome?.kind).toBe("repaired");
  });
});

test("whether the VM is a domain controller has to be known, or a person asked", async () => {
  const fake = broken();
  fake.guest.system = { unreadable: "dropped" };
  const { run } = await drive(newRun("repair"), fake);
  expect(run.state).toBe("awaiting-approval");
  expect(run.log.at(-1)?.message).toContain("domain controller");
});
