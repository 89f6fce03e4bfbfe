import { expect, test } from "vitest";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

test("a journal that cannot be used ends the run at once, with what to do: another look would not help", async () => {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  const reason =
    "C:\\Windows\\RdpRemediation is not a folder for SYSTEM and Administrators alone. Find out who made it, and remove it.";
  fake.onScript = (script) => (script === "apply" ? { status: "journal-unusable", reason, evidence: fake.guest } : {});
  const { run } = await drive(newRun("repair"), fake);
  expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "journal-unusable" } });
  expect(run.outcome?.summary).toContain("Find out who made it, and remove it.");
  expect(run.replans).toBe(0);
  expect(fake.executed).toHaveLength(2);
});
