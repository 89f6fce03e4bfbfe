import { expect, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import { coverageOf } from "../../lib/runs/machine/coverage.ts";
import { findVmProblem } from "../../lib/runs/machine/preflight.ts";
import { findLockouts } from "../../lib/scan/find-lockouts.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import { newRun } from "../runs/rig.ts";

const connected = { status: "Connected", version: "1.48.02881.1941" };

/** An Arc-enabled server, healthy but for `vm`. */
function evidenceOf(vm: object = {}, hasGuest = true) {
  const evidence = healthyEvidence();
  const id =
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/srv";
  Object.assign(evidence.azure.vm, { id, powerState: "unknown", agent: connected, ...vm });
  evidence.azure.network = { outside: "This server is outside Azure." };
  return { ...evidence, network: [], ...(hasGuest ? {} : { guest: null }) };
}

const judged = (evidence = evidenceOf()) =>
  Object.fromEntries(checks.map(({ id, run }) => [id, run(evidence).verdict]));

test("what Azure does not have of an Arc-enabled server is not applicable, and nothing of it is unknown", () => {
  const verdicts = judged();
  for (const id of ["vm-is-running", "nsg-allows-rdp", "network-verdicts-agree", "guest-network-matches-azure"]) {
    expect(verdicts).toMatchObject({ [id]: "not-applicable" });
  }
  expect(verdicts["guest-agent-is-ready"]).toBe("healthy");
  expect(Object.values(verdicts)).not.toContain("unknown");
  expect(Object.values(verdicts)).not.toContain("faulty");
});

test.each([
  ["a lost connection", { agent: { ...connected, status: "Disconnected" } }, "faulty", "agent-not-ready"],
  ["an agent without Run Command", { agent: { ...connected, version: "1.32.1.2" } }, "faulty", "agent-not-ready"],
  ["the first agent with Run Command", { agent: { ...connected, version: "1.33.02399.1011" } }, "healthy", undefined],
  ["a later major version", { agent: { ...connected, version: "2.1.0.0" } }, "healthy", undefined],
  ["an agent that blocks Run Command", { blocksRunCommand: true }, "faulty", "agent-not-ready"],
  ["an agent that Azure does not tell of", { agent: null }, "unknown", undefined],
  ["Windows without PowerShell 5.1", { osVersion: "6.3.9600.17415" }, "healthy", "windows-too-old"],
  ["Linux", { osType: "Linux" }, "healthy", "not-windows"],
] as const)("%s", (_, vm, verdict, code) => {
  const evidence = evidenceOf(vm, false);
  expect(judged(evidence)["guest-agent-is-ready"]).toBe(verdict);
  expect(findVmProblem(evidence.azure, "srv")?.code).toBe(code);
});

test("advice for it names the tools of Azure Arc, and none of a VM", () => {
  const { azure } = evidenceOf({ agent: { ...connected, status: "Disconnected" } });
  expect(findVmProblem(azure, "srv")?.message).toMatch(/Connected Machine agent of srv is "Disconnected".*azcmagent/);
  const expired = evidenceOf({ agent: { ...connected, status: "Expired" } });
  expect(findVmProblem(expired.azure, "srv")).toMatchObject({
    code: "agent-not-ready",
    retryable: false,
    message: expect.stringMatching(/srv is "Expired".*"azcmagent reconnect"/),
  });
  expect(findVmProblem(azure, "srv")?.message).not.toMatch(/serial console|NIC/);
});

test("the version of its agent is not held against those of the VM agent", () => {
  expect(findLockouts(evidenceOf()).map(({ kind }) => kind)).not.toContain("agent-too-old");
});

test("a run says that it did not look at the network of its own", () => {
  const before = evidenceOf();
  const run = { ...newRun("diagnose"), vm: { ...newRun("diagnose").vm, kind: "arc-machine" as const }, before };
  expect(coverageOf(run)?.notLooked.map(({ what }) => what)).toContain("the network in front of the server");
  expect(coverageOf(run)?.looked.join()).not.toContain("the network from");
});
