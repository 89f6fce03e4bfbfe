import { afterEach, expect, test } from "vitest";
import { readWorld, type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";

/* What instances of uniform scale sets have and VMs have not, with the real SDKs against a simulated Azure. */

let served: SandboxService;
afterEach(() => served.close());

test("just-in-time access is never requested for an instance, and the run says why", async () => {
  served = await serveWorld(readWorld("scale-set-uniform-jit-rule"), "modelled");
  const sources = ["203.0.113.7"];
  const run = await served.run("repair", { requestAccess: true, sources, maximumRisk: "opens-network" });
  expect(run).toMatchObject({ outcome: { kind: "advised" }, access: null });
  const finding = run.findings.find(({ check }) => check === "nsg-allows-rdp");
  expect(finding?.because).toContain("Azure has it for VMs alone");
  expect(served.sandbox.calls.filter(({ action }) => action?.startsWith("Microsoft.Security/"))).toEqual([]);
});
