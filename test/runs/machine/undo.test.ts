import { describe, expect, test } from "vitest";
import type { Plan } from "../../../lib/core/plan.ts";
import type { Run, RunIn } from "../../../lib/core/run.ts";
import { apply } from "../../../lib/runs/machine/machine.ts";
import { planUndo, weakensAgain } from "../../../lib/runs/planning/undo-plan.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { asEnded } from "../../fixtures/stored-run.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

/*
 * An undo is a plan: with a risk, a limit, sessions, an approval, and the exclusions of any other.
 */

const undoes = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d";

async function repaired(): Promise<RunIn<"ended">> {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  const { run } = await drive(newRun("repair"), fake);
  if (run.state !== "ended") throw new Error("it has ended");
  return run;
}

function undoOf(ended: RunIn<"ended">, options: Partial<Run["options"]> = {}): Run {
  const plan = planUndo(ended);
  if (!plan) throw new Error("there is something to undo");
  return { ...newRun("undo", { undoes, ...options }), plan };
}

describe("an undo", () => {
  test("asks about the sessions of now, and goes on when it is approved", async () => {
    const fake = new FakeVm();
    fake.guest.sessions = { active: 2, disconnected: 0 };
    const clock = new FakeClock();
    const waiting = await drive(undoOf(await repaired()), fake, clock);
    expect(waiting.run.state).toBe("awaiting-approval");
    expect(waiting.run.log.at(-1)?.message).toContain("2 sessions are active on the VM");
    expect(fake.executed).toHaveLength(1);
    fake.onScript = () => ({ receipts: [] });
    const planHash = waiting.run.plan?.hash ?? "";
    const decided = apply(waiting.run, { kind: "decide", approved: true, by: "ada", planHash }, clock.now());
    const { run } = await drive(decided, fake, clock);
    expect(run.outcome?.kind).toBe("undone");
  });

  test("obeys the limit of risk", async () => {
    const { run } = await drive(undoOf(await repaired(), { maximumRisk: "none" }), new FakeVm());
    expect(run.state).toBe("awaiting-approval");
    expect(run.log.at(-1)?.message).toContain('this run may do "none" alone');
  });

  test.each<[string, (fake: FakeVm) => void, string]>([
    [
      "a VM that is closed on purpose",
      (fake) => (fake.azure.vm.tags = { "rdp-access": "closed" }),
      "closed here on purpose",
    ],
    [
      "a domain controller",
      (fake) => {
        if ("productType" in fake.guest.system) fake.guest.system.productType = "domain-controller";
      },
      "domain controller",
    ],
    [
      "an instance of a scale set",
      (fake) => {
        fake.azure.vm.scaleSetId =
          "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/v";
      },
      "scale set",
    ],
  ])("changes nothing in %s", async (_, change, because) => {
    const fake = new FakeVm();
    change(fake);
    const { run } = await drive(undoOf(await repaired()), fake);
    expect(run.outcome).toMatchObject({ kind: "advised", summary: expect.stringContaining(because) });
    expect(fake.executed).toHaveLength(1);
  });
});

describe("the plan of an undo", () => {
  function ranWith(changes: Plan["changes"], risk: Plan["risk"] = "interrupts-sessions"): RunIn<"ended"> {
    const plan: Plan = {
      hash: "0".repeat(64),
      remediations: [{ id: "x", risk, because: "It was asked for." }],
      changes,
      risk,
      mayNeedRestart: false,
      restores: [],
      worsens: [],
      leaves: [],
      refusals: [],
    };
    const receipts = [{ kind: "restart-rdp-services", target: "all", changed: true, note: null }];
    const run = asEnded(newRun("repair"), { plan, receipts, outcome: { kind: "repaired", summary: "Well." } });
    if (run.state !== "ended") throw new Error("it has ended");
    return run;
  }
  const nla = (was: number, to: number): Plan["changes"] => [
    {
      kind: "set-registry-value",
      value: "rdp-tcp/UserAuthentication",
      to: { type: "dword", data: to },
      was: { type: "dword", data: was },
    },
  ];

  test("has the risk of what was done", () => {
    expect(planUndo(ranWith([], "replaces-keys"))?.risk).toBe("replaces-keys");
  });

  test("weakens where it restores a weaker setting than stands, and not otherwise", () => {
    expect(planUndo(ranWith(nla(0, 1)))).toMatchObject({ risk: "weakens-security", undo: { direction: "back" } });
    expect(planUndo(ranWith(nla(1, 1)))?.risk).toBe("interrupts-sessions");
  });

  test("an undo of an undo is a new plan with another hash, and needs what the first needed", () => {
    const first = planUndo(ranWith(nla(0, 1), "replaces-keys"));
    if (!first) throw new Error("there is one");
    const undone = asEnded(newRun("undo", { undoes }), {
      plan: first,
      receipts: [{ kind: "set-registry-value", target: "x", changed: true, note: null }],
      outcome: { kind: "undone", summary: "Back." },
    });
    if (undone.state !== "ended") throw new Error("it has ended");
    const again = planUndo(undone);
    expect(again).toMatchObject({ risk: "replaces-keys", undo: { direction: "again" } });
    expect(again?.hash).not.toBe(first.hash);
    expect(again && weakensAgain(again)).toBe(false);
  });

  test("is none where nothing is in effect", () => {
    const run = asEnded(newRun("diagnose"));
    expect(run.state === "ended" && planUndo(run)).toBeNull();
  });
});
