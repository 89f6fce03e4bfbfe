import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTableStore } from "../../../lib/azure/tables/table-store.ts";
import { parseVmId } from "../../../lib/core/vm-id.ts";
import { AlertIntake, FleetMonitor, OperationMonitor } from "../../../lib/http/responses.ts";
import { RunView } from "../../../lib/run-view/run-view.ts";
import { createRun } from "../../../lib/runs/intake/create-run.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { World } from "../../../sandbox/world.ts";
import { type ApiClient, signInAs } from "./api-client.ts";
import { type HostProcess, hostCommand, type Storage, stageApp, startHost, startStorage } from "./functions-host.ts";

/*
 * The app as it is deployed, in a real Functions host, over Azurite and a simulated Azure. Each test has a VM of its
 * own, on which Remote Desktop is switched off.
 */

const vmNames = [
  "vm-repair",
  "vm-approval",
  "vm-kill",
  "vm-single",
  "vm-lost",
  "vm-alert",
  "vm-many-1",
  "vm-many-2",
  "vm-many-3",
  "vm-fleet-1",
  "vm-fleet-2",
];
const world = World.parse({
  name: "functions-app",
  description: "Several VMs with Remote Desktop switched off.",
  vms: vmNames.map((name) => ({ name, windows: { faults: ["remote-desktop-disabled"] } })),
});

describe.skipIf(!hostCommand)("the Functions app in a Functions host", () => {
  let app: Awaited<ReturnType<typeof stageApp>>;
  let storage: Storage;
  let sandbox: Sandbox;
  let host: HostProcess;
  let requester: ApiClient;
  let approver: ApiClient;
  let actionGroup: ApiClient;

  beforeAll(async () => {
    [app, storage, sandbox] = await Promise.all([
      stageApp(),
      startStorage(),
      startSandbox({ world, guest: "modelled" }),
    ]);
    host = await start();
    requester = await signInAs(sandbox.clients.requester, sandbox, () => host.url);
    approver = await signInAs(sandbox.clients.approver, sandbox, () => host.url);
    actionGroup = await signInAs(sandbox.clients.actionGroup, sandbox, () => host.url);
  }, 120_000);

  afterAll(async () => {
    await host?.kill();
    await Promise.all([storage?.close(), sandbox?.close()]);
    app?.remove();
  });

  function start(): Promise<HostProcess> {
    return startHost(app.folder, {
      ...sandbox.env,
      AzureWebJobsStorage: storage.connectionString,
      // As infra/modules/function-app.bicep has it.
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "1048576",
      RDP_REMEDIATION_ALERT_SCOPES: `/subscriptions/${sandbox.vms[0]?.subscriptionId}`,
      RDP_REMEDIATION_ALERT_UNTAGGED: "repair",
    });
  }

  function vmIdOf(name: string): string {
    return sandbox.vms.find((vm) => vm.name === name)?.id ?? "";
  }

  function scriptsIn(name: string): number {
    return sandbox.scriptRuns.filter(({ vm }) => vm === name).length;
  }

  async function repair(name: string, options: object = {}): Promise<RunView> {
    const answer = await requester.post("/api/runs", { vm: vmIdOf(name), mode: "repair", ...options });
    expect(answer.status).toBe(202);
    return RunView.parse(answer.body);
  }

  const hasEnded = ({ state }: RunView) => state === "ended";

  test("repairs a VM that a client asks for, and answers the client's questions meanwhile", async () => {
    const answer = await requester.post("/api/runs", { vm: vmIdOf("vm-repair"), mode: "repair" });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    const { id } = RunView.parse(answer.body);
    expect(answer.headers.get("operation-location")).toBe(`${host.url}/api/runs/${id}`);
    const ended = await requester.runWhen(id, hasEnded);
    expect(ended).toMatchObject({ status: "Succeeded", result: { outcome: "repaired" } });
    expect(scriptsIn("vm-repair")).toBe(2);
  });

  test("answers wrong paths, wrong methods and callers without a token as the API does", async () => {
    const unknown = await fetch(`${host.url}/api/nothing/here`);
    expect([unknown.status, unknown.headers.get("x-ms-error-code")]).toEqual([404, "NotFound"]);
    const page = await fetch(`${host.url}/app/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain('<div id="page">');
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect((await fetch(`${host.url}/app/`, { method: "HEAD" })).status).toBe(200);
    const method = await fetch(`${host.url}/api/runs`, { method: "DELETE" });
    expect([method.status, method.headers.get("allow")]).toEqual([405, "POST, GET"]);
    const stranger = await fetch(`${host.url}/api/runs`);
    expect(stranger.status).toBe(401);
  });

  test("takes no large body, of whom and by which route it may be", async () => {
    const post = (path: string, bytes: number) =>
      fetch(`${host.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new Uint8Array(bytes),
      });
    // Refused by the app, which asks first who calls, and by the host, which reads no more than its setting says.
    expect((await post("/api/runs", 300 * 1024)).status).toBe(401);
    for (const path of ["/api/runs", "/api/health"]) {
      const { status, headers } = await post(path, 2 * 1024 * 1024);
      // A host tells it by 413, or by the 500 of a body that it could not read; the app was not asked.
      expect([413, 500]).toContain(status);
      expect(headers.get("x-ms-request-id")).toBeNull();
    }
    const large = await requester.post("/api/runs", { vm: "x".repeat(300 * 1024), mode: "diagnose" });
    expect([large.status, JSON.stringify(large.body)]).toEqual([413, expect.stringContaining("262144 bytes")]);
  });

  test("a pulse of the timer comes through the orchestrations, which is what health asks for", async () => {
    const store = openTableStore({ table: "RdpRemediation", connectionString: storage.connectionString });
    const now = () => new Date().toISOString();
    const arrived = () => store.reservedBy(`pulse/${Math.floor(Date.now() / 120_000)}`, now());
    await expect.poll(arrived, { timeout: 75_000, interval: 500 }).toBe("pulse");
    expect((await fetch(`${host.url}/api/health`)).status).toBe(200);
  });

  test("goes on with an approved plan", async () => {
    const { id } = await repair("vm-approval", { maximumRisk: "none" });
    const { plan } = await requester.runWhen(id, ({ state }) => state === "awaiting-approval");
    // An instant decision, while the orchestration is only about to wait.
    const yes = { approved: true, reason: "seen", planHash: plan?.hash };
    const decided = await approver.post(`/api/runs/${id}/decision`, yes);
    expect(decided.status).toBe(202);
    const ended = await requester.runWhen(id, hasEnded);
    expect(ended).toMatchObject({ status: "Succeeded", result: { outcome: "repaired" } });
  });

  test("works on a VM one run at a time", async () => {
    const first = await repair("vm-single");
    const second = await repair("vm-single");
    const ended = await Promise.all([first, second].map(({ id }) => requester.runWhen(id, hasEnded)));
    const statuses = ended.map(({ status }) => status).sort();
    expect(statuses).toEqual(["Failed", "Succeeded"]);
    expect(ended.find(({ status }) => status === "Failed")?.error?.code).toBe("VmClaimed");
    expect(scriptsIn("vm-single")).toBe(2);
  });

  test("one request for several VMs, delivered twice, repairs each once", async () => {
    const vms = ["vm-many-1", "vm-many-2", "vm-many-3"];
    const body = { vms: vms.map(vmIdOf), mode: "repair" };
    const headers = { "operation-id": randomUUID() };
    const answers = await Promise.all([1, 2].map(() => requester.post("/api/runs", body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const [operation] = answers.map(({ body }) => OperationMonitor.parse(body));
    for (const { id } of operation?.runs ?? [])
      expect((await requester.runWhen(id, hasEnded)).status).toBe("Succeeded");
    expect(vms.map(scriptsIn)).toEqual([2, 2, 2]);
  });

  test("an operation over many VMs goes through its waves by its own orchestration", async () => {
    const vms = ["vm-fleet-1", "vm-fleet-2"];
    const begun = await requester.post("/api/operations", { vms: vms.map(vmIdOf), mode: "repair" });
    expect(begun.status).toBe(202);
    const { id } = FleetMonitor.parse(begun.body);
    const read = async () => FleetMonitor.parse((await requester.get(`/api/operations/${id}`)).body);
    await expect.poll(async () => (await read()).state, { timeout: 90_000, interval: 500 }).toBe("ended");
    expect(await read()).toMatchObject({
      status: "Succeeded",
      results: { repaired: 2 },
      waves: [{ size: 1 }, { size: 1 }],
    });
    expect(vms.map(scriptsIn)).toEqual([2, 2]);
  });

  test("an alert that is delivered many times at once repairs its VM once, and is told so", async () => {
    const alert = alertOn(vmIdOf("vm-alert"));
    // As Azure Monitor does: what is answered 503 is delivered again.
    const deliver = async (): ReturnType<typeof actionGroup.post> => {
      const answer = await actionGroup.post("/api/alerts", alert);
      if (answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return deliver();
    };
    const answers = await Promise.all(Array.from({ length: 10 }, deliver));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    const taken = answers.map(({ body }) => AlertIntake.parse(body));
    const ids = new Set(taken.flatMap(({ accepted }) => accepted.map(({ runId }) => runId)));
    expect(ids.size).toBe(1);
    for (const id of ids) expect((await requester.runWhen(id, hasEnded)).result?.outcome).toBe("repaired");
    expect(scriptsIn("vm-alert")).toBe(2);
    await expect
      .poll(() => [...sandbox.alerts.values()].map(({ state }) => state), { timeout: 20_000 })
      .toEqual(["Closed"]);
  });

  test("killed while it looks and killed while it repairs, it goes on, and runs no script twice", async () => {
    const { id } = await repair("vm-kill");
    for (const moment of ["collecting", "applying"]) {
      // What a killed host held is given to the next one after a while.
      await requester.runWhen(id, ({ state }) => state === moment, 180_000);
      await host.kill();
      host = await start();
    }
    const ended = await requester.runWhen(id, hasEnded, 180_000);
    expect(ended).toMatchObject({ status: "Succeeded", result: { outcome: "repaired" } });
    expect(scriptsIn("vm-kill")).toBe(2);
  }, 500_000);

  test("the timer takes up a run whose orchestration is gone", async () => {
    const vm = parseVmId(vmIdOf("vm-lost"));
    if (!vm.ok) throw new Error(vm.problem.message);
    const options = { force: false, dryRun: false, maximumRisk: "low" as const, sources: [] };
    const trigger = { kind: "terminal", by: "a test" } as const;
    const longAgo = new Date(Date.now() - 10 * 60_000);
    const run = createRun({ id: randomUUID(), vm: vm.value, intent: "diagnose", options, trigger }, longAgo);
    if (!run.ok) throw new Error(run.problem.message);
    const store = openTableStore({ table: "RdpRemediation", connectionString: storage.connectionString });
    await store.create(run.value);

    const fired = await fetch(`${host.url}/admin/functions/sweep`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(fired.status).toBe(202);
    expect((await requester.runWhen(run.value.id, hasEnded)).status).toBe("Succeeded");
  }, 90_000);
});

/** A documented metric alert, fired for this VM. */
function alertOn(vmId: string): { data: { essentials: object } } {
  const sample = new URL("../../fixtures/alerts/metric-vm-availability.json", import.meta.url);
  const alert = JSON.parse(readFileSync(sample, "utf8"));
  Object.assign(alert.data.essentials, {
    alertTargetIDs: [vmId.toLowerCase()],
    firedDateTime: new Date().toISOString(),
  });
  return alert;
}
