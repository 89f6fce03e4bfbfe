import { expect, onTestFinished, test } from "vitest";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

test("a repair with a restart needs all of the role but what alerts, particular networks and operations over many VMs need", async () => {
  const service = await serveWorld(readWorld("cipher-policy-needs-restart"), "modelled");
  onTestFinished(() => service.close());
  const run = await service.run("repair", { maximumRisk: "reboots" });
  const { sandbox } = service;
  expect(run.outcome?.kind).toBe("repaired");
  expect(sandbox.unusedActions()).toEqual([
    "Microsoft.Network/routeTables/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
    "Microsoft.Network/networkWatchers/ipFlowVerify/action",
    "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
    "Microsoft.AlertsManagement/alerts/changestate/action",
    "Microsoft.ResourceGraph/resources/read",
  ]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});
