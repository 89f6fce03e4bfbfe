import { expect, onTestFinished, test } from "vitest";
import { readWorld, serveWorld } from "../fixtures/sandbox-service.ts";

test("a repair of a server of Azure Arc needs the rights of Azure Arc alone", async () => {
  const service = await serveWorld(readWorld("arc-enabled-server"), "modelled");
  onTestFinished(() => service.close());
  const { sandbox } = service;
  expect((await service.run("repair")).outcome?.kind).toBe("repaired");
  const used = new Set(sandbox.calls.map(({ action }) => action));
  expect([...used].sort()).toEqual([
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.HybridCompute/machines/runCommands/delete",
    "Microsoft.HybridCompute/machines/runCommands/read",
    "Microsoft.HybridCompute/machines/runCommands/write",
  ]);
  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
});

test("a repair with a restart needs all of the role but what alerts, particular networks and operations over many VMs need", async () => {
  const service = await serveWorld(readWorld("cipher-policy-needs-restart"), "modelled");
  onTestFinished(() => service.close());
  const run = await service.run("repair", { maximumRisk: "reboots" });
  const { sandbox } = service;
  expect(run.outcome?.kind).toBe("repaired");
  expect(sandbox.unusedActions()).toEqual([
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.HybridCompute/machines/runCommands/read",
    "Microsoft.HybridCompute/machines/runCommands/write",
    "Microsoft.HybridCompute/machines/runCommands/delete",
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
