import { expect, test } from "vitest";
import type { GuestEvidence } from "../../../lib/core/guest-evidence.ts";
import type { EffectPorts } from "../../../lib/runs/effects.ts";
import { FakeClock } from "../../fixtures/clock.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun, vm } from "../rig.ts";

/** Another VM, in the words in which Azure would be asked for it. */
const elsewhere = "/subscriptions/x/resourceGroups/other/providers/Microsoft.Compute/virtualMachines/vm-other";

/** In every text that a guest may choose freely. */
function lying(guest: GuestEvidence): GuestEvidence {
  const free = /^(computerName|subject|container|provider|process|wdName|error|powershell)$/;
  const bend = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, one && free.test(name) ? elsewhere : one]))
      : value;
  return JSON.parse(JSON.stringify(guest, bend));
}

test("nothing that a guest says leads a call to another VM, or is any part of one", async () => {
  const fake = new FakeVm();
  fake.guest = lying(disabledRdp());
  fake.repaired = lying(fake.repaired);
  expect(JSON.stringify(fake.guest)).toContain(elsewhere);

  const asked: unknown[][] = [];
  const watched = new Proxy(fake, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        asked.push(args);
        return Reflect.apply(member, target, args);
      };
    },
  });
  const ports: Partial<EffectPorts> = { reader: watched, channel: watched, power: watched };
  const { run } = await drive(newRun("repair"), fake, new FakeClock(), undefined, ports);

  expect(run.before?.guest).toMatchObject({ system: { computerName: elsewhere } });
  expect(fake.executed).toContainEqual(expect.stringContaining("apply"));
  expect(asked.length).toBeGreaterThan(4);
  for (const [first, ...others] of asked) {
    expect(first).toEqual(vm);
    expect(JSON.stringify(others)).not.toContain("vm-other");
  }
});
