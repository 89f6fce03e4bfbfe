import { expect, test } from "vitest";
import { blockedMarker } from "../../../lib/guest/protocol.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

const blocked = { output: `${blockedMarker} ConstrainedLanguage` };

test("a script that Windows did not let start has done nothing: the run failed, and nothing about the VM is unknown", async () => {
  const fake = new FakeVm();
  fake.onScript = () => blocked;
  const { run } = await drive(newRun("diagnose"), fake);
  expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "script-blocked" } });
  expect(run.outcome?.summary).toContain("Nothing was done");
});

test("so has one that was to change something", async () => {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  fake.onScript = (script) => (script === "apply" ? blocked : {});
  const { run } = await drive(newRun("repair"), fake);
  expect(run.outcome).toMatchObject({ kind: "failed", problem: { code: "script-blocked" } });
  expect(run.receipts).toEqual([]);
  expect(fake.deleted).toContain(`rdpfix-${run.id}-apply-2`);
});
