import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessRules } from "../../lib/access/access-rules.ts";
import { refuseRun } from "../../lib/access/permit-run.ts";
import { ok } from "../../lib/core/problem.ts";
import { createBudget } from "../../lib/http/budget.ts";
import { routes } from "../../lib/http/routes.ts";
import { openRig, type Rig, vmPath } from "./rig.ts";
import { approver, requester } from "./sign-in.ts";

/*
 * Two teams: the requester has the group of vmPath, the approver may look at and decide about another one.
 */

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";
const own = `${subscription}/resourceGroups/app`;
const other = vmPath.replace("/resourceGroups/app/", "/resourceGroups/data/");

function rulesOf(...rules: object[]): AccessRules {
  return AccessRules.parse({ rules: rules.map((rule) => ({ name: "a rule", ...rule })) });
}
const teams = rulesOf(
  { who: [{ objectId: requester }], may: ["repair"], on: [{ scope: own }] },
  {
    who: [{ objectId: approver }],
    may: ["approve", "diagnose"],
    on: [{ scope: `${subscription}/resourceGroups/data` }],
  },
);

let rig: Rig;
let asked: string[];
async function open(rules: AccessRules, tags: Record<string, string> | null = {}) {
  asked = [];
  const tagsOf = async ({ name }: { name: string }) => {
    asked.push(name);
    return ok(tags);
  };
  rig = await openRig({ access: { rules, tagsOf } });
}
beforeEach(() => open(teams));
afterEach(async () => {
  expect(rig.surprises).toEqual([]);
  await rig.close();
});

const denied = { status: 403, json: { error: { code: "AccessDenied", target: "vm" } } };
const missing = { status: 404, json: { error: { code: "RunNotFound" } } };

async function repairOf(as: "requester" | "weakener" | "opener" = "requester", more: object = {}) {
  return rig.ask("/api/runs", { body: { vm: vmPath, mode: "repair", ...more }, as });
}

describe("at the door", () => {
  test("a caller works where a rule allows it, and nowhere else", async () => {
    expect(await repairOf()).toMatchObject({ status: 202 });
    expect(await rig.ask("/api/runs", { body: { vm: other, mode: "repair" } })).toMatchObject(denied);
    expect(await rig.ask("/api/runs", { body: { vm: other, mode: "diagnose" } })).toMatchObject(denied);
    expect(asked).toEqual([]);
  });

  test("one VM that is not the caller's refuses the request for all", async () => {
    const body = { vms: [vmPath, other], mode: "diagnose" };
    expect(await rig.ask("/api/runs", { body })).toMatchObject(denied);
    expect((await rig.engine.list({ limit: 10 })).runs).toEqual([]);
  });

  test("a weakening and an opened network are rights of their own", async () => {
    const weakening = { remediations: ["weaken-network-level-authentication"] };
    expect(await repairOf("weakener", weakening)).toMatchObject(denied);
    expect(await repairOf("opener", { requestAccess: true, sources: ["203.0.113.7"] })).toMatchObject(denied);
  });

  test("a rule gives no app role", async () => {
    const all = ["read", "diagnose", "repair", "weaken", "open-network", "approve"];
    await rig.close();
    await open(rulesOf({ who: [{ objectId: approver }], may: all, on: [{ scope: subscription }] }));
    const asApprover = await rig.ask("/api/runs", { body: { vm: vmPath, mode: "repair" }, as: "approver" });
    expect(asApprover).toMatchObject({ status: 403, json: { error: { code: "RoleMissing" } } });
  });

  test("the VM's tags are read where a rule depends on them, and only there", async () => {
    const on = [{ scope: subscription, tag: { name: "team", value: "app" } }];
    const byTag = rulesOf({ who: [{ objectId: requester }], may: ["repair"], on });
    for (const [tags, status] of [
      [{ Team: "app" }, 202],
      [{ team: "data" }, 403],
      [null, 403],
    ] as const) {
      await rig.close();
      await open(byTag, tags);
      expect((await repairOf()).status).toBe(status);
      expect(asked).toEqual(["vm-app-01"]);
    }
  });
});

describe("runs of others", () => {
  async function runOfRequester(): Promise<string> {
    const { json } = await repairOf("requester", { maximumRisk: "none" });
    await rig.engine.settled(String(json.id));
    return String(json.id);
  }

  test("are neither listed, shown, decided, cancelled nor undone without a rule, as if they were not there", async () => {
    const id = await runOfRequester();
    expect((await rig.ask("/api/runs", { as: "approver" })).json).toEqual({ value: [] });
    expect((await rig.ask("/api/runs")).json).toMatchObject({ value: [{ id }] });
    for (const path of [`/api/runs/${id}`, `/api/runs/${id}/network-proposal`]) {
      expect(await rig.ask(path, { as: "approver" })).toMatchObject(missing);
      expect(await rig.ask(path)).toMatchObject({ status: 200 });
    }
    const { plan } = (await rig.ask(`/api/runs/${id}`)).json as { plan: { hash: string } };
    const decision = { approved: true, planHash: plan.hash };
    expect(await rig.ask(`/api/runs/${id}/decision`, { body: decision, as: "approver" })).toMatchObject(missing);
    const run = await rig.engine.get(id);
    expect(run).toMatchObject({ value: { state: "awaiting-approval" } });
  });

  test("no route that names a run gives any of it to a caller without a rule", async () => {
    const id = await runOfRequester();
    const named = routes.filter(({ path }) => path.includes("{id}"));
    expect(named.length).toBeGreaterThan(6);
    for (const { method, path, name } of named) {
      const bodies: Record<string, object> = {
        decideRun: { approved: false, planHash: "0".repeat(64) },
        decideOperation: { approved: false, fingerprint: "0".repeat(64) },
      };
      const body = bodies[name] ?? {};
      const answer = await rig.ask(path.replace("{id}", id), {
        method,
        as: "approver",
        ...(method === "POST" && { body }),
      });
      expect([name, answer.status]).toEqual([name, expect.toBeOneOf([403, 404])]);
      expect(JSON.stringify(answer.json)).not.toContain("vm-app-01");
    }
  });

  test("may be read without the right to decide about them", async () => {
    const id = await runOfRequester();
    await rig.close();
    await open(
      rulesOf(
        { who: [{ objectId: requester }], may: ["repair"], on: [{ scope: own }] },
        { who: [{ objectId: approver }], may: ["read"], on: [{ scope: own }] },
      ),
    );
    const again = await runOfRequester();
    expect(again).not.toBe(id);
    const shown = await rig.ask(`/api/runs/${again}`, { as: "approver" });
    expect(shown).toMatchObject({ status: 200 });
    const planHash = (shown.json.plan as { hash: string }).hash;
    for (const approved of [true, false]) {
      const body = { approved, planHash };
      expect(await rig.ask(`/api/runs/${again}/decision`, { body, as: "approver" })).toMatchObject(denied);
    }
  });

  test("what a caller was is not shown to readers", async () => {
    const id = await runOfRequester();
    const stored = await rig.engine.get(id);
    expect(stored).toMatchObject({ value: { trigger: { principals: [`objectId:${requester}`] } } });
    expect(JSON.stringify((await rig.ask(`/api/runs/${id}`)).json)).not.toContain("principals");
  });
});

test("a script does not start when the rules have changed since the request, and the run says why", async () => {
  await rig.close();
  let rules = teams;
  rig = await openRig({ access: { rules, tagsOf: async () => ok({}) } }, { permit: (run) => refuseRun(rules, run) });
  const { json } = await repairOf("requester", { maximumRisk: "none" });
  const waiting = await rig.engine.settled(String(json.id));
  expect(waiting.state).toBe("awaiting-approval");
  rules = rulesOf({ who: [{ objectId: requester }], may: ["diagnose"], on: [{ scope: own }] });
  const decision = { kind: "decide", approved: true, by: "Grace", planHash: waiting.plan?.hash ?? "" } as const;
  await rig.engine.signal(waiting.id, decision);
  const ended = await rig.engine.settled(waiting.id);
  expect(ended).toMatchObject({ outcome: { kind: "failed", problem: { code: "access-denied" } }, receipts: [] });
  expect(rig.fake.executed.filter((name) => name.includes("apply"))).toEqual([]);
});

describe("a caller's budget", () => {
  const at = { now: Date.parse("2026-11-30T08:00:00.000Z") };
  const budget = (most: number) => createBudget(most, () => new Date(at.now));

  test("ends in 429 with the time after which the request is taken", async () => {
    await rig.close();
    rig = await openRig({ budgets: { runs: budget(2), vmLists: budget(2) } });
    expect((await repairOf()).status).toBe(202);
    expect((await repairOf()).status).toBe(202);
    const over = await repairOf();
    expect(over).toMatchObject({
      status: 429,
      headers: { "retry-after": "1800" },
      json: { error: { code: "TooManyRequests" } },
    });
    at.now += 1800 * 1000;
    expect((await repairOf()).status).toBe(202);
  });

  test("counts searches of VMs before Azure is asked", async () => {
    await rig.close();
    rig = await openRig({ budgets: { runs: budget(99), vmLists: budget(3) } });
    const body = { tag: { name: "a", value: "b" }, scope: subscription, mode: "diagnose" };
    const statuses = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await rig.ask("/api/runs", { body })).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    expect(rig.searches).toHaveLength(3);
  });

  test("is each caller's own, comes back evenly, and takes one request that is larger than itself", () => {
    const of = budget(60);
    expect(of.take("a", 60)).toBeNull();
    expect(of.take("a", 1)).toBe(60);
    expect(of.take("b", 1)).toBeNull();
    at.now += 60_000;
    expect(of.take("a", 1)).toBeNull();
    const small = budget(10);
    expect(small.take("a", 50)).toBeNull();
    const wait = small.take("a", 50) ?? 0;
    at.now += wait * 1000;
    expect(small.take("a", 50)).toBeNull();
  });
});
