import { describe, expect, test } from "vitest";
import { type GuestEvidence, isUnreadable } from "../../../lib/core/guest-evidence.ts";
import { fail } from "../../../lib/core/problem.ts";
import { Run, RunLimits, type RunOptions, type Trigger } from "../../../lib/core/run.ts";
import { createRun } from "../../../lib/runs/intake/create-run.ts";
import { undoRequest } from "../../../lib/runs/intake/service.ts";
import { apply, next } from "../../../lib/runs/machine/machine.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { drive, id, newRun, vm } from "../rig.ts";

/*
 * What is weakened has an end: the run stays open until the former setting is back, whatever gets in the way.
 */

const nla = "weaken-network-level-authentication";
const asked = { remediations: [nla], maximumRisk: "weakens-security" } as const;
const minute = 60_000;

function weakeningRun(options: Partial<RunOptions> = {}, trigger: Trigger = { kind: "terminal", by: "kim" }) {
  const all = { force: false, dryRun: false, sources: [], ...asked, ...options };
  return createRun(
    { id, vm, intent: "repair", options: { ...all, remediations: [...all.remediations] }, trigger },
    new FakeClock().now(),
  );
}

function weakened(): GuestEvidence {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.registry)) throw new Error("the fixture is readable");
  guest.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
  return guest;
}

/** A VM that is weakened by apply and restored by undo, as often as it is asked. */
function obedient(): FakeVm {
  const fake = new FakeVm();
  fake.repaired = weakened();
  fake.onScript = (script) => {
    if (script !== "undo") return {};
    fake.guest = healthyGuestEvidence();
    const receipt = { kind: "weaken-registry-value" as const, target: "UserAuthentication", changed: true, note: null };
    return { receipts: [receipt] };
  };
  return fake;
}

async function weakenFor(weakenMinutes: number, fake: FakeVm, clock: FakeClock): Promise<Run> {
  const start = newRun("repair", { ...asked, remediations: [nla], weakenMinutes }, clock);
  const { run } = await drive(start, fake, clock);
  expect(run).toMatchObject({ state: "weakened", weakening: { proven: true }, claimed: true, outcome: null });
  return run;
}

/** Drives on, with all the waiting that a restore takes, until nothing is left to do. */
async function driveToEnd(given: Run, fake: FakeVm, clock: FakeClock): Promise<Run> {
  let run = given;
  for (let rounds = 0; run.state !== "ended"; rounds++) {
    if (rounds > 5000) throw new Error("it never ended");
    const effect = next(run, clock.now());
    if (effect.kind === "wait") clock.passTo(new Date(effect.until));
    run = (await drive(apply(run, { kind: "time-passed" }, clock.now()), fake, clock)).run;
  }
  return run;
}

function undoOf(run: Run) {
  if (run.state !== "ended") throw new Error("it has ended");
  return undoRequest(run, id, { force: false, trigger: run.trigger });
}

function undos({ executed }: FakeVm): number {
  return executed.filter((name) => name.includes("-undo-")).length;
}

describe("asking for it", () => {
  test("has the usual length when nobody says how long", () => {
    expect(weakeningRun()).toMatchObject({ ok: true, value: { options: { weakenMinutes: 60 } } });
    const limits = RunLimits.parse({ weakenMinutes: 15 });
    const options = { ...asked, remediations: [nla], force: false, dryRun: false, sources: [] };
    const trigger = { kind: "terminal" as const, by: "kim" };
    const created = createRun({ id, vm, intent: "repair", options, trigger, limits }, new Date());
    expect(created).toMatchObject({ ok: true, value: { options: { weakenMinutes: 15 } } });
  });

  test.each<[string, Partial<RunOptions>, Trigger["kind"], RegExp]>([
    [
      "for longer than the setting allows",
      { weakenMinutes: 241 },
      "http",
      /at most 240 minutes.*asks for 241\. Request fewer/,
    ],
    ["together with a repair", { remediations: [nla, "enable-tls12"] }, "http", /a run of its own/],
    ["by an alert", {}, "alert", /A person has to request it/],
    ["without anything to weaken", { remediations: ["enable-tls12"], weakenMinutes: 5 }, "http", /Name one/],
  ])("%s is refused", (_, options, kind, message) => {
    expect(weakeningRun(options, { kind, by: "kim" })).toMatchObject({
      ok: false,
      problem: { code: "invalid-input", message: expect.stringMatching(message) },
    });
  });

  test("waits for somebody else where the risk is above what may be done alone", async () => {
    const { run } = await drive(
      newRun("repair", { ...asked, remediations: [nla], maximumRisk: "reboots" }),
      obedient(),
    );
    expect(run.state).toBe("weakened");
    const fake = obedient();
    const waiting = await drive(newRun("repair", { remediations: [nla] }), fake);
    expect(waiting.run).toMatchObject({ state: "awaiting-approval", plan: { risk: "weakens-security" } });
    expect(fake.executed).toHaveLength(1);
  });

  test("is never what the planner chooses by itself", async () => {
    const fake = new FakeVm();
    fake.guest = weakened();
    const { run } = await drive(newRun("diagnose", { maximumRisk: "replaces-keys" }), fake);
    expect(run.plan?.remediations.map(({ risk }) => risk)).not.toContain("weakens-security");
  });
});

describe("when its time is over", () => {
  test("it is restored, and the run says from when until when it was weakened", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    expect(fake.deleted).toHaveLength(2);
    const until = open.weakening?.until ?? "";
    expect(Date.parse(until) - Date.parse(open.weakening?.since ?? "")).toBe(30 * minute);
    expect(next(open, clock.now())).toEqual({ kind: "wait", until });
    expect(apply(open, { kind: "time-passed" }, clock.now())).toBe(open);

    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome?.kind).toBe("undone");
    expect(ended.outcome?.summary).toContain(`Weakened by ${nla} from ${open.weakening?.since} until `);
    expect(clock.now().toISOString() >= until).toBe(true);
    expect(undos(fake)).toBe(1);
    expect(ended.claimed).toBe(false);
    expect(undoOf(ended)).toMatchObject({ problem: { code: "run-not-undoable" } });
  });

  test("and the guest was first, that is as good", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    fake.guest = healthyGuestEvidence();
    fake.onScript = () => ({
      status: "refused",
      reason: "Nothing of what the run did is in effect any more.",
      receipts: [],
    });
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome?.kind).toBe("undone");
    expect(ended.outcome?.summary).toContain("The VM had done so by itself.");
  });

  test("and somebody has set another value since, that one stays and is named", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    fake.onScript = () => {
      fake.guest = healthyGuestEvidence();
      return { conflicts: ["UserAuthentication is 1 now."], receipts: [] };
    };
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome).toMatchObject({
      kind: "undone",
      summary: expect.stringContaining("UserAuthentication is 1 now."),
    });
  });

  test("or earlier, when somebody calls it off", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    clock.passTo(new Date(clock.now().getTime() + 5 * minute));
    const stopped = apply(open, { kind: "cancel", by: "ada" }, clock.now());
    expect(stopped.state).toBe("rolling-back");
    expect(apply(stopped, { kind: "cancel", by: "ada" }, clock.now())).toBe(stopped);
    const ended = await driveToEnd(stopped, fake, clock);
    expect(ended.outcome?.kind).toBe("undone");
    expect(clock.now().toISOString() < (open.weakening?.until ?? "")).toBe(true);
  });
});

describe("what cannot be restored now is restored later", () => {
  test("the VM is stopped for two days", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    const back = clock.now().getTime() + 2 * 24 * 60 * minute;
    fake.onCall = (call) =>
      call === "start" && clock.now().getTime() < back ? fail("vm-not-running", "It is stopped.").problem : null;
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome?.kind).toBe("undone");
    expect(undos(fake)).toBe(1);
    const tries = fake.calls.filter((call) => call === "start").length;
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(100);
    expect(
      ended.log.some(({ message }) => /It is stopped\..*still to be restored: trying again at /.test(message)),
    ).toBe(true);
  });

  test.each([
    ["an answer that is lost", { output: "" }],
    ["an agent that is away", "hangs"],
    ["a guest that fails", { status: "failed", reason: "access denied" }],
    ["a guest that says it is done, and it is not", {}],
  ] as const)("%s", async (_, answer) => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    const obey = fake.onScript;
    let failures = 2;
    fake.onScript = (script, request) => (script === "undo" && failures-- > 0 ? answer : obey(script, request));
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome?.kind).toBe("undone");
    expect(undos(fake)).toBe(3);
  });

  test("a VM that is gone keeps no run", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    fake.onCall = (call) => (call === "start" ? fail("vm-not-found", "Azure knows no such resource.").problem : null);
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-not-found" } });
    expect(ended.outcome?.summary).toContain("The VM is gone");
  });

  test("after thirty days it is a person's", async () => {
    const fake = obedient();
    const clock = new FakeClock();
    const open = await weakenFor(30, fake, clock);
    fake.onCall = (call) => (call === "start" ? fail("vm-not-running", "It is stopped.").problem : null);
    const ended = await driveToEnd(open, fake, clock);
    expect(ended.outcome).toMatchObject({ kind: "failed", problem: { code: "vm-not-running" } });
    expect(ended.outcome?.summary).toContain("in 30 days");
    // A step's number has three digits at most.
    expect(ended.scriptsStarted).toBeLessThan(1000);
  });
});

describe("a weakening that may have happened is never forgotten", () => {
  test("the answer to its apply was lost: it is restored at once", async () => {
    const fake = obedient();
    const obey = fake.onScript;
    fake.onScript = (script, request) => {
      if (script === "apply") fake.guest = weakened();
      return script === "apply" ? { output: "" } : obey(script, request);
    };
    const clock = new FakeClock();
    const { run } = await drive(newRun("repair", { ...asked, remediations: [nla] }, clock), fake, clock);
    expect(run).toMatchObject({ state: "weakened", weakening: { proven: false } });
    const ended = await driveToEnd(run, fake, clock);
    expect(ended.outcome?.kind).toBe("not-repaired");
    expect(undos(fake)).toBe(1);
  });

  test("the guest could not take it back by itself: it is tried again", async () => {
    const fake = obedient();
    const obey = fake.onScript;
    fake.onScript = (script, request) => {
      if (script === "apply") fake.guest = weakened();
      return script === "apply" ? { status: "failed", reason: "access denied" } : obey(script, request);
    };
    const clock = new FakeClock();
    const { run } = await drive(newRun("repair", { ...asked, remediations: [nla] }, clock), fake, clock);
    expect((await driveToEnd(run, fake, clock)).outcome?.kind).toBe("not-repaired");
    expect(undos(fake)).toBe(1);
  });

  test("it made worse what it was not to: it is taken back, also when that takes several attempts", async () => {
    const fake = obedient();
    fake.repaired.handshake = { result: "failed", stage: "tls", error: "reset" };
    const obey = fake.onScript;
    let failures = 1;
    fake.onScript = (script, request) => (script === "undo" && failures-- > 0 ? { output: "" } : obey(script, request));
    const clock = new FakeClock();
    const { run } = await drive(newRun("repair", { ...asked, remediations: [nla] }, clock), fake, clock);
    const ended = await driveToEnd(run, fake, clock);
    expect(ended.outcome?.kind).toBe("not-repaired");
    expect(undos(fake)).toBe(2);
  });

  test("the check that it worsens on purpose is no reason to take it back", async () => {
    const run = await weakenFor(30, obedient(), new FakeClock());
    expect(run.plan?.worsens).toEqual(["security-layer-is-consistent"]);
    const worsened = run.findingsAfter.find(({ check }) => check === "security-layer-is-consistent");
    expect(worsened?.verdict).toBe("noted");
  });

  test("every state on the way can be stored and read back", async () => {
    const run = await weakenFor(30, obedient(), new FakeClock());
    expect(Run.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  });
});
