import { expect, onTestFinished, test } from "vitest";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

test("a repair with a restart, of a VM with all a network can have, needs all of the role but what alerts need", async () => {
  const service = await serveWorld(readWorld("cipher-policy-needs-restart"), "modelled");
  onTestFinished(() => service.close());
  const run = await service.run("repair", { maximumRisk: "reboots" });
  const { sandbox } = service;
  expect(run.outcome?.kind).toBe("repaired");
  expect(sandbox.unusedActions().filter((action) => !action.startsWith("Microsoft.AlertsManagement/"))).toEqual([]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});
