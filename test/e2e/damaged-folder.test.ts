import { afterEach, expect, test } from "vitest";
import type { FaultName } from "../../sandbox/windows/faults.ts";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { called } from "../guest/remedied.ts";

/*
 * A MachineKeys folder whose index is damaged lets no key be renamed, so the less invasive repairs of the key fail inside
 * the VM and are rolled back there. Whatever else is wrong beside it, the same run goes on to the repair that is possible.
 */

let service: SandboxService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

const damaged: FaultName = "machine-keys-folder-corrupt";
/** Faults that do not keep Windows' own key from being used, or that nobody may repair unasked. */
const others = [
  "custom-certificate-gone",
  "log-ons-disabled",
  "rdp-log-on-denied",
  "security-layer-weak",
  "rdp-port-out-of-range",
  "policy-disables-remote-desktop",
];
const beside: FaultName[][] = [
  [],
  ["key-missing"],
  ["key-missing", "certificate-expired"],
  ["key-permissions-denied"],
  ["remote-desktop-disabled", "tls12-disabled", "firewall-group-disabled"],
  ...Object.values(called).filter((faults) => !faults.some((name) => name === damaged || others.includes(name))),
];

test.each(beside.map((faults) => [faults.join(" and ") || "nothing else", faults] as const))(
  "beside %s it is made anew, by who may replace keys",
  async (_, faults) => {
    const world = readWorld("rename-machine-keys-folder");
    const [vm] = world.vms;
    if (vm?.osType !== "Windows") throw new Error("It is a world of Windows.");
    vm.windows.faults = [damaged, ...faults];
    service = await serveWorld(world, "modelled");
    const run = await service.run("repair", { maximumRisk: "replaces-keys" });
    expect(run.outcome?.kind, run.outcome?.summary).toBe("repaired");
    expect(run.after?.guest?.handshake).toMatchObject({ result: "completed" });
  },
);
