import { describe, expect, test } from "vitest";
import { risks } from "../../../lib/core/risk.ts";
import type { Trigger } from "../../../lib/core/run.ts";
import { createRun } from "../../../lib/runs/intake/create-run.ts";
import { approvalRefusal, permittedRisk } from "../../../lib/runs/machine/approval.ts";

const ada = "00000000-0000-4000-8000-0000000000d2";
const bob = "00000000-0000-4000-8000-0000000000e2";

function runOf(trigger: Trigger) {
  const created = createRun(
    {
      id: "00000000-0000-4000-8000-000000000001",
      vm: { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm" },
      intent: "repair",
      options: { force: false, dryRun: false, maximumRisk: "none", sources: [] },
      trigger,
    },
    new Date(),
  );
  if (!created.ok) throw new Error(created.problem.message);
  return created.value;
}

describe("nobody approves", () => {
  const run = runOf({ kind: "http", by: "Ada", objectId: ada });

  test("what they asked for, unless the setting allows it", () => {
    expect(approvalRefusal(run, ada, false)).toMatchObject({ code: "self-approval" });
    expect(approvalRefusal(run, bob, false)).toBeNull();
    expect(approvalRefusal(run, ada, true)).toBeNull();
  });

  test("and an alert asks for nobody", () => {
    expect(approvalRefusal(runOf({ kind: "alert", by: "an alert" }), ada, false)).toBeNull();
  });
});

describe("what a run may do alone", () => {
  test("is what is asked for, up to the limit", () => {
    for (const limit of risks) {
      for (const asked of risks) {
        const allowed = risks.indexOf(asked) <= risks.indexOf(limit);
        const permitted = permittedRisk(limit, asked, false);
        expect(permitted).toMatchObject(
          allowed ? { ok: true, value: asked } : { problem: { code: "risk-above-limit" } },
        );
      }
    }
  });

  test("is never more than usual when nothing is asked for", () => {
    expect(permittedRisk("replaces-keys", undefined, false)).toEqual({ ok: true, value: "interrupts-sessions" });
    expect(permittedRisk("low", undefined, true)).toEqual({ ok: true, value: "low" });
  });

  test("is all that is asked for when the same person may approve it", () => {
    expect(permittedRisk("low", "reboots", true)).toEqual({ ok: true, value: "reboots" });
  });
});
