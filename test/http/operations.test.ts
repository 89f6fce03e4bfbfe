import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { AccessRules } from "../../lib/access/access-rules.ts";
import { ok } from "../../lib/core/problem.ts";
import { createBudget } from "../../lib/http/budget.ts";
import { openRig, type Rig, vmNumber, vmPath, waitingPlan } from "./rig.ts";
import { approver, requester } from "./sign-in.ts";

let rig: Rig;
afterEach(() => rig.close());

const group = vmPath.split("/providers/")[0] ?? "";
const name = (number: number) => vmNumber(number).split("/").at(-1) ?? "";
const three = { vms: [{ resourceGroup: group, names: [1, 2, 3].map(name) }], mode: "diagnose" };

describe("an operation over HTTP", () => {
  test("works on all VMs, and tells what became of each as JSON, CSV and a page", async () => {
    rig = await openRig();
    const { status, json, headers } = await rig.ask("/api/operations", { body: three });
    expect(status).toBe(202);
    const id = String(json.id);
    expect(headers["operation-location"]).toBe(`https://api.example/api/operations/${id}`);
    await rig.fleet.settled(id);
    const monitor = await rig.ask(`/api/operations/${id}`);
    expect(monitor.json).toMatchObject({ status: "Succeeded", state: "ended", progress: { done: 3, percent: 100 } });
    expect(monitor.headers["retry-after"]).toBeUndefined();
    const first = await rig.ask(`/api/operations/${id}/results?$top=2`);
    const rows = first.json.value as { vm: string; runId: string }[];
    expect(rows).toHaveLength(2);
    const second = await rig.ask(String(first.json.nextLink).replace("https://api.example", ""));
    expect(second.json).toMatchObject({ value: [{}] });
    expect(second.json.nextLink).toBeUndefined();
    expect((await rig.ask(`/api/runs/${rows[0]?.runId}`)).json).toMatchObject({ operationId: id, vm: rows[0]?.vm });
    const ahead = await rig.ask(`/api/operations/${id}/lockouts?$top=2&days=60`);
    expect(ahead.json).toMatchObject({ value: [{ vm: rows[0]?.vm, looked: true, lockouts: [] }, { looked: true }] });
    const more = new URL(String(ahead.json.nextLink));
    expect(Object.fromEntries(more.searchParams)).toEqual({ $top: "2", $skip: "2", days: "60" });
    expect((await rig.ask(`${more.pathname}${more.search}`)).json).toMatchObject({ value: [{ looked: true }] });
    const csv = await rig.ask(`/api/operations/${id}/results.csv`);
    expect(new TextDecoder().decode(csv.body as Uint8Array).split("\r\n")).toHaveLength(5);
    const page = await rig.ask(`/api/operations/${id}/report`);
    expect(new TextDecoder().decode(page.body as Uint8Array)).toContain("<!doctype html>");
    expect((await rig.ask("/api/operations")).json).toMatchObject({ value: [{ id }] });
  });

  test("takes an instance of a uniform scale set by its name in a group, and a set as a scope", async () => {
    rig = await openRig();
    const vms = [{ resourceGroup: group, names: ["vmss-app/3"] }];
    const { json } = await rig.ask("/api/operations", { body: { vms, mode: "diagnose" } });
    await rig.fleet.settled(String(json.id));
    const set = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-app`;
    expect((await rig.ask(`/api/operations/${json.id}/results`)).json).toMatchObject({
      value: [{ vm: `${set}/virtualMachines/3` }],
    });
    const asked = async (scope: string) =>
      (await rig.ask("/api/operations", { body: { scope, mode: "diagnose" } })).json;
    expect(await asked(`${set}/virtualMachines/3`)).toMatchObject({ error: { code: "InvalidInput" } });
    // The inventory of this rig finds nothing there.
    expect(await asked(set)).toMatchObject({ error: { code: "VmNotFound" } });
  });

  test("a repeated request is the same operation, another one with its id is refused", async () => {
    rig = await openRig();
    const headers = { "operation-id": randomUUID() };
    const answers = await Promise.all([1, 2, 3].map(() => rig.ask("/api/operations", { body: three, headers })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    await rig.fleet.settled(headers["operation-id"]);
    expect((await rig.store.list({ limit: 50 })).runs).toHaveLength(3);
    const other = await rig.ask("/api/operations", { body: { ...three, dryRun: true }, headers });
    expect(other.json).toMatchObject({ error: { code: "OperationIdReused" } });
    const run = { "operation-id": randomUUID() };
    await rig.ask("/api/runs", { body: { vm: vmPath, mode: "diagnose" }, headers: run });
    expect((await rig.ask("/api/operations", { body: three, headers: run })).status).toBe(400);
  });

  test("is paused, resumed and cancelled", async () => {
    rig = await openRig();
    const body = { vms: [vmNumber(1)], mode: "repair", maximumRisk: "none" };
    const id = String((await rig.ask("/api/operations", { body })).json.id);
    const to = async (what: string) => (await rig.ask(`/api/operations/${id}/${what}`, { body: {} })).json;
    expect(await to("pause")).toMatchObject({ state: "paused", status: "Running" });
    expect(await to("pause")).toMatchObject({ state: "paused" });
    expect(await to("resume")).toMatchObject({ state: "running" });
    await waitingPlan(rig, id);
    expect(await to("cancel")).toMatchObject({ state: "stopping" });
    await rig.fleet.settled(id);
    expect((await rig.ask(`/api/operations/${id}`)).json).toMatchObject({
      status: "Canceled",
      results: { cancelled: 1 },
    });
    expect(await to("resume")).toMatchObject({ error: { code: "OperationSettled" } });
  });

  test("the plans of one kind are approved by somebody else than who asked", async () => {
    rig = await openRig();
    const body = { vms: [vmNumber(1)], mode: "repair", maximumRisk: "none" };
    const id = String((await rig.ask("/api/operations", { body })).json.id);
    const { fingerprint } = await waitingPlan(rig, id);
    const decide = (as: "boss" | "approver" | "requester") =>
      rig.ask(`/api/operations/${id}/decision`, { body: { approved: true, fingerprint }, as });
    expect((await decide("requester")).status).toBe(403);
    expect((await decide("boss")).json).toMatchObject({ error: { code: "SelfApproval" } });
    expect((await decide("approver")).status).toBe(202);
    await rig.fleet.settled(id);
    const { runs } = await rig.store.list({ limit: 9 });
    expect(runs[0]).toMatchObject({ decision: { approved: true } });
    expect(runs[0]?.decision?.by).toContain(approver);
  });

  test("a repair needs the role of a repair; the selection is one and well formed", async () => {
    rig = await openRig();
    const ask = async (body: object, as: "requester" | "approver" = "requester") =>
      rig.ask("/api/operations", { body, as });
    expect((await ask({ ...three, mode: "repair" }, "approver")).json).toMatchObject({
      error: { code: "RoleMissing" },
    });
    expect((await ask({ mode: "diagnose" })).status).toBe(400);
    expect((await ask({ ...three, scope: group })).status).toBe(400);
    expect((await ask({ ...three, policy: { waves: [50] } })).status).toBe(400);
    expect((await ask({ vms: ["nonsense"], mode: "diagnose" })).json).toMatchObject({ error: { code: "InvalidVmId" } });
    expect((await ask({ ...three, checks: ["strange"] })).json).toMatchObject({ error: { code: "UnknownCheck" } });
  });

  test("5,000 VMs fit into one request", async () => {
    rig = await openRig();
    const names = Array.from({ length: 5000 }, (_, number) => `vm-application-${number}`);
    const body = { vms: [{ resourceGroup: group, names }], mode: "diagnose", policy: { canary: 0, atWork: 1 } };
    const { status, json } = await rig.ask("/api/operations", { body });
    expect(status).toBe(202);
    expect(json).toMatchObject({ progress: { total: 5000 } });
    await rig.ask(`/api/operations/${json.id}/cancel`, { body: {} });
  });

  test("takes from the budget of its caller", async () => {
    const now = () => new Date();
    rig = await openRig({ budgets: { runs: createBudget(4, now), vmLists: createBudget(9, now) } });
    expect((await rig.ask("/api/operations", { body: three })).status).toBe(202);
    expect((await rig.ask("/api/operations", { body: { ...three, force: true } })).status).toBe(429);
  });
});

describe("with access rules", () => {
  const rules = (of: object) =>
    AccessRules.parse({ rules: [{ name: "ours", who: [{ objectId: requester }], may: ["repair"], on: [of] }] });
  const vm = (number: number, team: string) => ({
    vm: {
      subscriptionId: group.split("/")[2] ?? "",
      resourceGroup: "app",
      name: name(number),
    },
    location: "westeurope",
    tags: { team },
  });

  test("a list with a VM of others is refused; of a selection the others are left out, and nothing is read for it", async () => {
    rig = await openRig({
      access: {
        rules: rules({ scope: group, tag: { name: "team", value: "a" } }),
        tagsOf: () => Promise.reject(new Error("the search has read the tags")),
      },
    });
    rig.found.scope = [vm(1, "a"), vm(2, "b"), vm(3, "a")];
    expect((await rig.ask("/api/operations", { body: three })).json).toMatchObject({ error: { code: "AccessDenied" } });
    const { json } = await rig.ask("/api/operations", { body: { scope: group, mode: "diagnose" } });
    expect(json).toMatchObject({ progress: { total: 2 } });
    expect(json.selection).toContain("without 1 VMs for which no access rule allows it");
    // Of another caller, who may read of none of them, it is hidden.
    expect((await rig.ask(`/api/operations/${json.id}`, { as: "approver" })).status).toBe(404);
    expect((await rig.ask("/api/operations", { as: "approver" })).json).toEqual({ value: [] });
    expect((await rig.ask("/api/operations")).json).toMatchObject({ value: [{ id: json.id }] });
  });

  test("an approval counts where its approver may approve", async () => {
    const access = { rules: rules({ scope: group }), tagsOf: async () => ok({}) };
    rig = await openRig({ access });
    const id = String((await rig.ask("/api/operations", { body: { vms: [vmPath], mode: "diagnose" } })).json.id);
    expect((await rig.ask(`/api/operations/${id}/cancel`, { body: {}, as: "approver" })).status).toBe(404);
  });
});
