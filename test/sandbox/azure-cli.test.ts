import { execFile, spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveWorld } from "./served-sandbox.ts";

/*
 * The real Azure CLI against the sandbox, as a person would type it. Skipped, by name, where `az` is not installed.
 */

const installed = spawnSync("az", ["version"]).status === 0;
/**
 * Debian pairs its `az` with a compute library that lacks the version it asks for; that folder says what is done about
 * it.
 */
const ours = { AZURE_CORE_COLLECT_TELEMETRY: "no", PYTHONPATH: resolve("test/fixtures/az-of-debian") };

describe.skipIf(!installed)("the Azure CLI", () => {
  let served: Awaited<ReturnType<typeof serveWorld>>;

  async function az(command: string): Promise<string> {
    const env = { ...process.env, ...served.introduction.az.env, ...ours };
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { env });
    return stdout;
  }

  beforeAll(async () => {
    served = await serveWorld("network-admin-denies", "--guest", "modelled");
    for (const command of served.introduction.az.commands.slice(0, -1)) await az(command);
  });

  afterAll(() => {
    served.child.kill("SIGTERM");
  });

  test("is signed in and sees the subscription and its groups", async () => {
    expect(JSON.parse(await az("az account show"))).toMatchObject({
      environmentName: "rdp-sandbox",
      name: "Sandbox world network-admin-denies",
      user: { type: "servicePrincipal" },
    });
    expect(JSON.parse(await az("az group list"))).toMatchObject([
      { name: "rg-app", location: "westeurope" },
      { name: "NetworkWatcherRG", location: "westeurope" },
    ]);
  });

  test("reads a VM and runs a managed Run Command by plain REST", async () => {
    const path = `${served.introduction.endpoint}${served.introduction.vms[0]}`;
    const version = "api-version=2026-04-01";
    const vm = JSON.parse(await az(`az rest --method get --url '${path}?${version}&$expand=instanceView'`));
    expect(vm.properties.instanceView.statuses[1].code).toBe("PowerState/running");
    const body = JSON.stringify({ location: "westeurope", properties: { source: { script: "Get-Date" } } });
    const command = `${path}/runCommands/by-rest?${version}`;
    await az(`az rest --method put --url '${command}' --body '${body}'`);
    const seen = JSON.parse(await az(`az rest --method get --url '${command}&$expand=instanceView'`));
    expect(seen.properties.instanceView.executionState).toMatch(/^(Pending|Running|Succeeded)$/);
    await az(`az rest --method delete --url '${command}'`);
    await expect(az(`az rest --method get --url '${command}'`)).rejects.toThrow("ResourceNotFound");
  });

  test("uses its own commands for VMs and Run Commands", async () => {
    const [show = ""] = served.introduction.az.commands.slice(-1);
    expect(JSON.parse(await az(show)).instanceView.vmAgent.statuses[0].displayStatus).toBe("Ready");
    const command = "--resource-group rg-app --vm-name vm-app-01 --name by-az";
    await az(`az vm run-command create ${command} --script 'Get-Date'`);
    expect(JSON.parse(await az(`az vm run-command show ${command} --instance-view`))).toMatchObject({
      provisioningState: "Succeeded",
      instanceView: { executionState: "Succeeded" },
    });
    await az(`az vm run-command delete ${command} --yes`);
    expect(JSON.parse(await az("az vm run-command list --resource-group rg-app --vm-name vm-app-01"))).toEqual([]);
  });

  test("changes a Run Command, and asks who is allowed through to a VM", async () => {
    const command = "--resource-group rg-app --vm-name vm-app-01 --name by-az";
    await az(`az vm run-command create ${command} --script 'Get-Date'`);
    const updated = await az(`az vm run-command update ${command} --script 'Get-Host'`);
    expect(JSON.parse(updated)).toMatchObject({ source: { script: "Get-Host" } });
    const [group] = JSON.parse(await az("az network nic list-effective-nsg -g rg-app -n vm-app-01-nic")).value;
    expect(group.effectiveSecurityRules.map(({ name }: { name: string }) => name)).toContain(
      "defaultSecurityRules/DenyAllInBound",
    );
    const flow = "--direction Inbound --protocol TCP --local 10.0.0.4:3389 --remote 203.0.113.7:*";
    const answer = await az(`az network watcher test-ip-flow -g rg-app --vm vm-app-01 ${flow}`);
    expect(JSON.parse(answer).access).toMatch(/^(Allow|Deny)$/);
  });

  test("sees providers and locks", async () => {
    expect(JSON.parse(await az("az provider show --namespace Microsoft.Compute")).registrationState).toBe("Registered");
    expect(JSON.parse(await az("az lock list --resource-group rg-app"))).toEqual([]);
  });
});
