import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OperationView } from "../../lib/fleet/operation-view.ts";
import { RunSummary, RunView } from "../../lib/run-view/run-view.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { World } from "../../sandbox/world.ts";
import { type SandboxService, serveWorld } from "../fixtures/sandbox-service.ts";
import { type ServedApi, serveApi } from "../fixtures/served-api.ts";
import { call } from "./call.ts";

/*
 * The commands against a service: the HTTP API of a sandbox, with its sign-in, over the network of this machine.
 */

const faults = ["key-corrupt", "certificate-expired", "cipher-policy-ecdsa-only"];
const world = World.parse({
  name: "served",
  description: "One VM for each story.",
  runCommand: { seconds: 0 },
  vms: ["broken", "waiting", "asked", "scanned"].map((name) => ({ name, windows: { faults } })),
});

const folder = mkdtempSync(join(tmpdir(), "rdp-service-"));
let service: SandboxService;
let served: ServedApi;
let environment: Record<string, string>;
let asApprover: Record<string, string>;

beforeAll(async () => {
  service = await serveWorld(world, "modelled");
  served = await serveApi(service);
  const { sandbox } = service;
  const common = {
    RDP_REMEDIATION_DATABASE: join(folder, "nothing.sqlite"),
    AZURE_AUTHORITY_HOST: sandbox.endpoint,
    RDP_REMEDIATION_CONFIG: join(folder, "config.json"),
  };
  environment = { ...common, RDP_REMEDIATION_TOKEN: await served.tokenOf(sandbox.clients.requester) };
  asApprover = { ...common, RDP_REMEDIATION_TOKEN: await served.tokenOf(sandbox.clients.approver) };
});

afterAll(async () => {
  await served.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

function idOf(name: string): string {
  return service.sandbox.vms.find((vm) => vm.name === name)?.id ?? `no VM called ${name}`;
}

const at = () => ["--service", served.url];

test("a VM is diagnosed, repaired, listed, shown and undone, with the screens and exit codes of this machine", async () => {
  const before = comparableState(service.sandbox.windows("broken").state);
  const diagnosis = await call(["diagnose", idOf("broken"), ...at()], { environment });
  expect(diagnosis.code).toBe(1);
  expect(diagnosis.out).toMatch(/^broken {2}diagnose\n/);
  expect(diagnosis.out).toMatch(/Outcome\n {2}advised\n/);
  expect(diagnosis.said).toMatch(/--name broken \\? ?--service http:\/\/127/);

  const repair = await call(["repair", idOf("broken"), ...at(), "--json"], { environment });
  expect(repair.code).toBe(0);
  const run = RunView.parse(JSON.parse(repair.out));
  expect(run).toMatchObject({ outcome: "repaired", requestedBy: { kind: "http" }, scriptsStarted: 2 });

  const runs = await call(["runs", ...at(), "--vm", idOf("broken"), "--outcome", "repaired", "--json"], {
    environment,
  });
  expect(RunSummary.array().parse(JSON.parse(runs.out))).toMatchObject([{ id: run.id, summary: run.summary }]);
  const shown = await call(["show", run.id.slice(0, 8), ...at()], { environment });
  expect(shown.out).toMatch(/fault -> ok {2}rdp-certificate-is-valid/);
  expect(shown.said).toContain(`rdp undo ${run.id} --service ${served.url}`);
  const page = join(folder, "page.html");
  await call(["show", "--last", "--format", "html", "--out", page, ...at()], { environment });
  expect(readFileSync(page, "utf8")).toContain("<!doctype html>");
  const zip = join(folder, "case.zip");
  expect(await call(["support-bundle", run.id, "--out", zip, ...at()], { environment })).toMatchObject({ code: 0 });
  expect(readFileSync(zip).subarray(0, 2).toString()).toBe("PK");

  const undo = await call(["undo", run.id, ...at()], { environment });
  expect(undo).toMatchObject({ code: 0, out: expect.stringMatching(/Outcome\n {2}undone\n/) });
  expect(comparableState(service.sandbox.windows("broken").state)).toEqual(before);
  expect((await call(["undo", run.id, ...at()], { environment })).said).toMatch(/^Already undone by run /);
  expect((await call(["show", run.id, ...at()], { environment })).said).toContain("Undone by run ");
  const report = await call(["show", run.id, "--format", "markdown", ...at()], { environment });
  expect(report.said).toContain("- Undone by run ");
  expect(report.said).not.toContain("Take the changes of this run back");
  const none = await call(["runs", "--outcome", "failed", ...at()], { environment });
  expect(none.out).toBe(`No run that fits is stored in the service at ${served.url}.\n`);
  // An address that was copied from a document leads to the same service.
  const below = await call(["runs", "--limit", "1", "--service", `${served.url}/api/runs`], { environment });
  expect(below.code).toBe(0);
  // Nothing of it was stored on this machine.
  expect((await call(["runs", "--service", "local"], { environment })).out).toBe("No run is stored on this machine.\n");
});

test("a plan waits for somebody else, who decides by the id; the requester is told why not", async () => {
  const waiting = await call(["repair", idOf("waiting"), "--max-risk", "none", ...at()], { environment });
  expect(waiting.code).toBe(1);
  const [, id = ""] = /rdp decide ([0-9a-f-]{36})/.exec(waiting.said) ?? [];
  const own = await call(["decide", id, "--approve", ...at()], { environment });
  expect(own.code).toBe(3);
  expect(own.err).toContain("Rdp.Approve");
  const mistyped = await call(["decide", id, "--approve", "--plan", "000000000000", ...at()], {
    environment: asApprover,
  });
  expect(mistyped).toMatchObject({ code: 3, err: expect.stringContaining("is not the hash of the plan") });
  const approved = await call(["decide", id, "--approve", "--reason", "change 42", ...at()], {
    environment: asApprover,
  });
  expect(approved).toMatchObject({ code: 0, out: expect.stringMatching(/Outcome\n {2}repaired\n/) });
  const late = await call(["cancel", id, ...at()], { environment });
  expect(late.code).toBe(3);
});

test("on a terminal the plan is shown by a dry run, and repaired after a yes", async () => {
  const no = await call(["repair", idOf("asked"), ...at()], { environment, answers: ["n"] });
  expect(no.said).toMatch(/Plan 1\. .*Repair it through the service\? \[y\/N\]/);
  expect(no.out).toMatch(/repair \(dry run\)/);
  const yes = await call(["repair", idOf("asked"), ...at()], { environment, answers: ["y"] });
  expect(yes).toMatchObject({ code: 0, out: expect.stringMatching(/Outcome\n {2}repaired\n/) });
});

test("many VMs are scanned, and an operation is listed, shown and written", async () => {
  const scope = ["--scope", `/subscriptions/${service.sandbox.vms[0]?.subscriptionId}`];
  const one = await call(["scan", idOf("scanned"), ...at()], { environment });
  expect(one).toMatchObject({ code: 1, out: expect.stringMatching(/Broken now\n {2}rg-app\/scanned\n/) });
  const all = await call(["fleet", "diagnose", ...scope, ...at(), "--json"], { environment });
  const operation = OperationView.parse(JSON.parse(all.out));
  expect(operation).toMatchObject({ state: "ended", progress: { done: 4 } });
  const listed = await call(["fleet", "list", ...at()], { environment });
  expect(listed.out).toContain(operation.id);
  expect((await call(["fleet", "show", operation.id, ...at()], { environment })).out).toContain("4 of 4 VMs");
  const out = join(folder, "results.csv");
  expect(await call(["fleet", "results", operation.id, "--out", out, ...at()], { environment })).toMatchObject({
    code: 0,
  });
  expect(readFileSync(out, "utf8")).toContain("/virtualMachines/waiting");
  expect(await call(["fleet", "pause", operation.id, ...at()], { environment })).toMatchObject({ code: 3 });
});

test("a profile names the service, a flag goes before it, and a wrong one is told", async () => {
  const profile = ["--profile", "test"];
  expect(await call(["config", "set", `service=${served.url}`, ...profile], { environment })).toMatchObject({
    code: 0,
  });
  const listed = await call(["runs", ...profile, "--output", "tsv", "--query", "[].mode"], { environment });
  expect(listed.code).toBe(0);
  expect(listed.out.trim().split("\n")).toContain("diagnose");
  const local = await call(["runs", ...profile, "--service", "local"], { environment });
  expect(local.out).toBe("No run is stored on this machine.\n");
  const unknown = await call(["runs", "--profile", "prod"], { environment });
  expect(unknown).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no profile "prod" (there are: test).'),
  });
});

test.each([
  ["http://rdp.contoso.com", 2, "plain http is for this machine only"],
  ["http://127.0.0.1:65530", 3, "cannot be reached (ECONNREFUSED)"],
])("the service %s: exit code %i", async (url, code, text) => {
  const called = await call(["runs", "--service", url], { environment });
  expect(called.code).toBe(code);
  expect(called.said).toContain(text);
});

test("a token of another kind, and one without the role, are told with what to do", async () => {
  const bad = await call(["runs", ...at()], { environment: { ...environment, RDP_REMEDIATION_TOKEN: "a.b.c" } });
  expect(bad.code).toBe(3);
  expect(bad.said).toMatch(/Sign in to tenant [0-9a-f-]{36} for api:\/\//);
  const { actionGroup } = service.sandbox.clients;
  const other = { ...environment, RDP_REMEDIATION_TOKEN: await served.tokenOf(actionGroup) };
  const refused = await call(["diagnose", idOf("broken"), ...at()], { environment: other });
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("app role Rdp.Read") });
});
