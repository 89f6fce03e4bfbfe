import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { connectAzure } from "../../lib/azure/connect.ts";
import type { Result } from "../../lib/core/problem.ts";
import { parseVmId } from "../../lib/core/vm-id.ts";
import { composeScript } from "../../lib/guest/compose.ts";
import { readWhole } from "../fixtures/read-whole.ts";
import { credentialOf, startSimulatedAzure, worldOf } from "./simulated-azure.ts";

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

test("everything that runs and operations do of Azure needs each action of the remediator's role, and no other", async () => {
  const rules = [{ name: "SecurityCenter-JITRule_-1_A", priority: 200, access: "Deny" }];
  const world = worldOf({
    vms: [
      {
        name: "vm-app-01",
        network: {
          jit: {},
          bastion: {},
          subnets: [{ routeTable: { routes: [{ name: "out", addressPrefix: "0.0.0.0/0", nextHopType: "Internet" }] } }],
          loadBalancer: { publicAddress: "20.50.60.80" },
          nics: [
            {
              publicAddress: "20.50.60.70",
              natRules: [{ name: "rdp", frontPort: 50001 }],
              securityGroup: { name: "nsg-app", rules },
            },
          ],
        },
      },
    ],
    runCommand: { seconds: 0 },
  });
  world.vms.push(...worldOf({ vms: [{ kind: "arc-machine", name: "srv-branch-01" }] }).vms);
  world.vms.push(
    ...worldOf({
      vms: [
        {
          kind: "scale-set-instance",
          name: "vmss-app/3",
          network: { name: "vnet-vmss", nics: [{ publicAddress: "20.50.60.71" }] },
        },
      ],
    }).vms,
  );
  const { sandbox, vm } = await startSimulatedAzure({ world, guest: "modelled" });
  const azure = connectAzure({ credential: credentialOf(sandbox, "remediator"), endpoint: sandbox.endpoint });
  const vmId = must(parseVmId(vm.id));

  const evidence = must(await readWhole(azure.reader, vmId, { sources: ["203.0.113.7"] }));
  expect(evidence).toMatchObject({
    vm: { powerState: "running", agent: { status: "Ready" } },
    network: { interfaces: [{ securityGroup: { name: "nsg-app" } }] },
  });
  const runId = randomUUID();
  const notAfter = new Date(Date.now() + 60_000).toISOString();
  const request = {
    version: 1,
    runId,
    step: "collect-1",
    notAfter,
    changes: [],
    undoes: null,
    afterStep: 0,
    force: false,
    madeAt: null,
    clockAheadSeconds: 0,
    retention: null,
  } as const;
  const script = composeScript("collect", { ...request, sections: [], changes: [] });
  const name = `rdpfix-${runId}-collect-1`;
  must(
    await azure.channel.start(vmId, {
      name,
      script,
      timeoutSeconds: 60,
      deadline: "2026-11-21T09:00:00.000Z",
      location: evidence.vm.location,
    }),
  );
  await expect.poll(async () => must(await azure.channel.status(vmId, name)).kind).toBe("finished");
  must(await azure.channel.discard(vmId, name));
  must(await azure.power.restart(vmId));
  const alertId = `/subscriptions/${vm.subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${runId}`;
  must(await azure.alerts.report(alertId, { state: "Closed", comment: "healthy: nothing was found." }));

  must(await azure.inventory.find({ kind: "scope", scope: `/subscriptions/${vm.subscriptionId}` }));

  const arc = must(parseVmId(sandbox.vms[1]?.id ?? ""));
  must(await azure.reader.read(arc));
  const ofArc = { name, script: "1", timeoutSeconds: 60, deadline: "2026-11-21T09:00:00.000Z", location: "westeurope" };
  must(await azure.channel.start(arc, ofArc));
  must(await azure.channel.status(arc, name));
  must(await azure.channel.discard(arc, name));

  const instance = must(parseVmId(sandbox.vms[2]?.id ?? ""));
  const ofInstance = must(await readWhole(azure.reader, instance));
  expect(ofInstance).toMatchObject({
    vm: { scaleSet: { upgradeMode: "Manual" } },
    network: { interfaces: [{ ipConfigurations: [{ publicAddress: { address: "20.50.60.71" } }] }] },
  });
  must(await azure.channel.start(instance, ofArc));
  must(await azure.channel.status(instance, name));
  must(await azure.channel.discard(instance, name));
  must(await azure.power.restart(instance));

  expect(sandbox.calls.filter(({ status }) => status === 403)).toEqual([]);
  expect(sandbox.unusedActions()).toEqual([]);
  expect(sandbox.scriptRuns).toMatchObject([
    { vm: "vm-app-01", name, runId, step: "collect-1" },
    { vm: "srv-branch-01", name },
    { vm: "vmss-app/3", name },
  ]);
});
