import { expect, test } from "vitest";
import { guestAgentIsReady } from "../../lib/checks/guest-agent-is-ready.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";

const ready = { status: "Ready", version: "2.7.1" };

for (const [name, vm, verdict] of [
  ["Ready", { agent: ready }, "healthy"],
  ["anything else", { agent: { ...ready, status: "Not Ready" } }, "faulty"],
  ["nothing said", { agent: null }, "unknown"],
  ["nothing said about the power either", { agent: null, powerState: "unknown" }, "unknown"],
  ["a VM that does not run", { agent: null, powerState: "deallocated" }, "not-applicable"],
] as const) {
  test(`${name}: ${verdict}`, () => {
    const evidence = healthyEvidence();
    Object.assign(evidence.azure.vm, vm);
    expect(guestAgentIsReady.run(evidence)).toMatchObject({ verdict });
  });
}

test("a fault of the agent is nobody's here to restore, and is quoted", () => {
  const evidence = healthyEvidence();
  evidence.azure.vm.agent = { ...ready, status: "Not Ready" };
  expect(guestAgentIsReady.run(evidence)).toMatchObject({
    restoredBy: [],
    because: expect.stringContaining('"Not Ready"'),
  });
});

test("a dead agent is answered with what the network of Windows may do to it, and not with a restart", () => {
  const evidence = healthyEvidence();
  evidence.azure.vm.agent = { ...ready, status: "Not Ready" };
  const { because } = guestAgentIsReady.run(evidence);
  expect(because).toMatch(
    /boot diagnostics.*updates.*static address.*disabled adapter.*DHCP.*serial console.*reset the NIC/i,
  );
  expect(because).not.toMatch(/restart the VM/i);
});
