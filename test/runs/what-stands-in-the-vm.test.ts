import { expect, test } from "vitest";
import { Run } from "../../lib/core/run.ts";
import { readRequest } from "../../lib/guest/compose.ts";
import { FakeVm } from "../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "./rig.ts";

/*
 * A script stands with its request in the log of Run Command's handler on the VM, and in Azure until it is deleted. What
 * people said, and who they are, is nobody's business there.
 */

class RecordingVm extends FakeVm {
  readonly scripts: string[] = [];

  override start(vm: unknown, command: { name: string; script: string }): ReturnType<FakeVm["start"]> {
    this.scripts.push(command.script);
    return super.start(vm, command);
  }
}

test("of a request nothing stands in the VM that a person wrote, and nothing about who asked", async () => {
  const fake = new RecordingVm();
  fake.guest = disabledRdp();
  fake.azure.vm.tags = { owner: "MARKED-tag" };
  const asked = newRun("repair", { sources: ["203.0.113.77"] });
  const trigger = { kind: "http", by: "MARKED-caller", objectId: "MARKED-object", principals: ["MARKED-group"] };
  const { run } = await drive(Run.parse({ ...asked, trigger }), fake);
  expect(JSON.stringify(run)).toContain("MARKED-caller");
  expect(fake.scripts).toHaveLength(2);
  for (const script of fake.scripts) {
    const request = JSON.stringify(readRequest(script)?.request);
    expect(request).toContain(run.id);
    expect(request).not.toMatch(/MARKED|203\.0\.113\.77/);
  }
});
