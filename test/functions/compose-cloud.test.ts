import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { openTableStore } from "../../lib/azure/tables/table-store.ts";
import { composeCloud } from "../../lib/compose-cloud.ts";
import type { Orchestrations } from "../../lib/durable/engine.ts";
import { Environment } from "../../lib/environment.ts";
import { readSettings } from "../../lib/settings.ts";
import { startAzurite } from "../fixtures/azurite.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { storedRun } from "../fixtures/stored-run.ts";

const nobodyIsAsked = {} as Orchestrations;
const signIn = {
  RDP_REMEDIATION_TENANT_ID: "00000000-0000-4000-8000-0000000000aa",
  RDP_REMEDIATION_AUDIENCES: "api://rdp-remediation",
};
const identity = { AzureWebJobsStorage__tableServiceUri: "https://account.table.core.windows.net" };

async function compose(environment: Record<string, string>) {
  const settings = readSettings(environment);
  if (!settings.ok) return settings;
  return composeCloud(settings.value, nobodyIsAsked);
}

test("the app composes without asking anything of Azure", async () => {
  const composed = await compose({ ...signIn, ...identity });
  if (!composed.ok) throw new Error(composed.problem.message);
  const described = await composed.value.api({
    method: "GET",
    url: "https://a/api/openapi.json",
    headers: {},
    body: new Uint8Array(),
  });
  expect(described.status).toBe(200);
});

test("without a place for runs, or without sign-in, it says what to set", async () => {
  expect(await compose(signIn)).toMatchObject({
    ok: false,
    problem: { message: expect.stringContaining("AzureWebJobsStorage") },
  });
  expect(await compose(identity)).toMatchObject({
    ok: false,
    problem: { message: expect.stringContaining("TENANT_ID") },
  });
});

test.each([
  [{}, null],
  [
    { AzureWebJobsStorage: "UseDevelopmentStorage=true" },
    { table: "RdpRemediation", connectionString: "UseDevelopmentStorage=true" },
  ],
  [identity, { table: "RdpRemediation", endpoint: "https://account.table.core.windows.net" }],
  [
    { AzureWebJobsStorage__accountName: "acct1" },
    { table: "RdpRemediation", endpoint: "https://acct1.table.core.windows.net" },
  ],
  [
    { ...identity, RDP_REMEDIATION_TABLE: "Mine" },
    { table: "Mine", endpoint: "https://account.table.core.windows.net" },
  ],
])("storage settings %o lead to %o", (environment, table) => {
  expect(readSettings(environment)).toMatchObject({ ok: true, value: { table } });
});

test.each([
  { RDP_REMEDIATION_RUNS_AT_WORK: "0" },
  { RDP_REMEDIATION_RUNS_AT_WORK: "1000" },
  { RDP_REMEDIATION_TABLE: "no-such" },
  { AzureWebJobsStorage__accountName: "Evil/../name" },
  { AzureWebJobsStorage__tableServiceUri: "http://account.table.core.windows.net" },
])("%o is refused, by name and without its value", (environment) => {
  const settings = readSettings(environment);
  const [[name, value] = ["", ""]] = Object.entries(environment);
  expect(settings).toMatchObject({
    ok: false,
    problem: { code: "invalid-input", message: expect.stringContaining(name) },
  });
  expect(JSON.stringify(settings)).not.toContain(`"${value}"`);
});

test("the template of local settings, filled in, is all that the app needs to begin", async () => {
  const file = new URL("../../local.settings.example.json", import.meta.url);
  const { IsEncrypted, Values } = JSON.parse(readFileSync(file, "utf8"));
  const toFillIn = Object.keys(Values).filter((name) => /<.*>/.test(Values[name]));
  expect([IsEncrypted, toFillIn.sort()]).toEqual([false, Object.keys(signIn).sort()]);
  const { FUNCTIONS_WORKER_RUNTIME, ...own } = { ...Values, ...signIn };
  expect(FUNCTIONS_WORKER_RUNTIME).toBe("node");
  expect(Object.keys(own).filter((name) => !(name in Environment.shape))).toEqual([]);
  expect(await compose(own)).toMatchObject({ ok: true });
  expect(await compose(Values)).toMatchObject({ problem: { message: expect.stringContaining("TENANT_ID") } });
});

test("what happens to a run in the app is stored for its receivers together with it", async () => {
  const { connectionString, close } = await startAzurite();
  onTestFinished(close);
  const receivers = [{ name: "desk", kind: "webhook", url: "https://127.0.0.1:9/hook" }];
  const composed = await compose({
    ...signIn,
    AzureWebJobsStorage: connectionString,
    RDP_REMEDIATION_NOTIFICATIONS: JSON.stringify({ receivers }),
    WEBSITE_HOSTNAME: "func.azurewebsites.net",
  });
  if (!composed.ok) throw new Error(composed.problem.message);
  const store = openTableStore({ table: "RdpRemediation", connectionString });
  // Nobody has decided about its plan in time: it ends without asking anything of Azure.
  const run = storedRun(1, { state: "awaiting-approval", decideBy: fixtureTime });
  await store.create(run);
  expect(await composed.value.advance({ runId: run.id })).toEqual({ kind: "rest" });
  const [delivery, ...others] = await store.pendingDeliveries();
  expect(others).toEqual([]);
  expect(delivery).toMatchObject({ receiver: "desk", subject: run.id });
  expect(JSON.parse(delivery?.event ?? "")).toMatchObject({
    type: "rdp-remediation.run.ended",
    source: "https://func.azurewebsites.net",
    data: { run: { outcome: "cancelled" }, link: `https://func.azurewebsites.net/app/#/runs/${run.id}` },
  });
});
