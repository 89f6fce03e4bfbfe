import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import type { Run } from "../../lib/core/run.ts";
import { formatVmId } from "../../lib/core/vm-id.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";
import { foundVm, openRig, type Rig, vmNumber, vmPath } from "./rig.ts";
import { approver, requester } from "./sign-in.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  expect(rig.surprises).toEqual([]);
  await rig.close();
});

const repair = { vm: vmPath, mode: "repair" };

describe("a repair over HTTP", () => {
  test("is accepted, can be followed to its end, and undone", async () => {
    const begun = await rig.ask("/api/runs", { body: repair });
    expect(begun.status).toBe(202);
    const location = begun.headers["operation-location"] ?? "";
    expect(location).toBe(`https://api.example/api/runs/${begun.json.id}`);
    expect(begun.headers["retry-after"]).toBe("5");

    await rig.engine.settled(String(begun.json.id));
    const ended = await rig.ask(new URL(location).pathname);
    expect(ended).toMatchObject({
      status: 200,
      json: { status: "Succeeded", vm: vmPath, mode: "repair", result: { outcome: "repaired" } },
    });
    expect(ended.headers).not.toHaveProperty("retry-after");

    const undone = await rig.ask(`${new URL(location).pathname}/undo`, { body: {} });
    expect(undone.status).toBe(202);
    const run = await rig.engine.settled(String(undone.json.id));
    expect(run).toMatchObject({ outcome: { kind: "undone" }, trigger: { kind: "http", objectId: requester } });
  });

  test("takes an Arc-enabled server as it takes a VM", async () => {
    const server = vmPath.replace("Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines");
    const begun = await rig.ask("/api/runs", { body: { ...repair, vm: server } });
    expect(begun).toMatchObject({ status: 202, json: { vm: server } });
    const run = await rig.engine.settled(String(begun.json.id));
    expect(run.vm).toMatchObject({ kind: "arc-machine" });
    const listed = await rig.ask(`/api/runs?vm=${encodeURIComponent(server)}`);
    expect(listed.json.value).toMatchObject([{ vm: server }]);
    expect((await rig.ask(`/api/runs?vm=${encodeURIComponent(vmPath)}`)).json.value).toEqual([]);
  });

  test("takes an instance of a uniform scale set as it takes a VM, and no whole set", async () => {
    const set = vmPath.replace("/virtualMachines/", "/virtualMachineScaleSets/");
    const instance = `${set}/virtualMachines/3`;
    const begun = await rig.ask("/api/runs", { body: { ...repair, vm: instance } });
    expect(begun).toMatchObject({ status: 202, json: { vm: instance } });
    const run = await rig.engine.settled(String(begun.json.id));
    expect(run.vm).toMatchObject({ name: expect.stringMatching(/^[^/]+\/3$/), kind: "scale-set-instance" });
    const listed = await rig.ask(`/api/runs?vm=${encodeURIComponent(instance.toUpperCase().replace("/SUB", "/sub"))}`);
    expect(listed.json.value).toMatchObject([{ vm: instance }]);
    expect((await rig.ask("/api/runs", { body: { ...repair, vm: set } })).json).toMatchObject({
      error: { code: "InvalidVmId" },
    });
  });

  test("says who asked", async () => {
    const { json } = await rig.ask("/api/runs", { body: { ...repair, clientError: { code: 0x904, extendedCode: 7 } } });
    expect(json).toMatchObject({ requestedBy: { kind: "http", objectId: requester } });
    expect((json.log as { message: string }[])[0]?.message).toContain("The client shows 0x904/0x7.");
  });

  test("a link leads to the public address where one is set", async () => {
    const settings = { publicUrl: "https://gate.example/rdp", allowSelfApproval: false, maximumRisk: "low" } as const;
    const other = await openRig({ settings });
    const { headers, json } = await other.ask("/api/runs", { body: repair });
    expect(headers["operation-location"]).toBe(`https://gate.example/rdp/api/runs/${json.id}`);
    await other.close();
  });

  test("of a failed run the error says why", async () => {
    rig.fake.azure.vm.powerState = "deallocated";
    const undoable = await rig.ask("/api/runs", { body: { ...repair, checks: ["rdp-is-enabled"] } });
    await rig.engine.settled(String(undoable.json.id));
    rig.fake.azure.vm.osType = "Linux";
    const { json } = await rig.ask("/api/runs", { body: repair });
    await rig.engine.settled(String(json.id));
    const { json: ended } = await rig.ask(`/api/runs/${json.id}`);
    expect(ended).toMatchObject({ status: "Failed", error: { code: "NotWindows" }, outcome: "failed" });
    expect(ended).not.toHaveProperty("result");
  });

  test("a run cannot be undone before it has changed something", async () => {
    const { json } = await rig.ask("/api/runs", { body: { ...repair, mode: "diagnose" } });
    await rig.engine.settled(String(json.id));
    const undo = await rig.ask(`/api/runs/${json.id}/undo`, { body: {} });
    expect(undo).toMatchObject({ status: 409, json: { error: { code: "RunNotUndoable" } } });
    expect(await rig.ask(`/api/runs/${randomUUID()}/undo`, { body: {} })).toMatchObject({ status: 404 });
  });
});

describe("a plan above the permitted risk", () => {
  const careful = { ...repair, maximumRisk: "none" };

  async function waiting(): Promise<string> {
    const { json } = await rig.ask("/api/runs", { body: careful });
    const run = await rig.engine.settled(String(json.id));
    expect(run.state).toBe("awaiting-approval");
    return `/api/runs/${json.id}`;
  }

  async function hashOf(path: string): Promise<string> {
    return ((await rig.ask(path)).json.plan as { hash: string }).hash;
  }

  test("waits, is shown with its changes, and is applied when somebody else approves", async () => {
    const path = await waiting();
    const shown = await rig.ask(path, { as: "approver" });
    expect(shown).toMatchObject({ headers: { "retry-after": "30" }, json: { status: "Running" } });
    const plan = shown.json.plan as { hash: string; changes: string[] };
    expect(plan.changes.join()).toContain("fDenyTSConnections");
    const body = { approved: true, reason: "change 4711", planHash: plan.hash };
    const decided = await rig.ask(`${path}/decision`, { body, as: "approver" });
    expect(decided.status).toBe(202);
    const run = await rig.engine.settled(String(decided.json.id));
    expect(run).toMatchObject({ outcome: { kind: "repaired" }, decision: { approved: true, reason: "change 4711" } });
    expect(run.decision?.by).toContain(approver);
    // Sent again, it is the same decision; another one comes too late.
    expect(await rig.ask(`${path}/decision`, { body, as: "approver" })).toMatchObject({ status: 202 });
    const late = await rig.ask(`${path}/decision`, { body: { ...body, approved: false }, as: "approver" });
    expect(late).toMatchObject({ status: 409, json: { error: { code: "DecisionNotAwaited" } } });
  });

  test("is rejected for a reason in one line, which commands neither a terminal nor a pipeline", async () => {
    const path = await waiting();
    const reason = "no\n##vso[task.setvariable variable=PATH]/evil\n::add-mask::x\u001b[2J\u001b]0;pwned\u0007\u202e";
    const body = { approved: false, reason, planHash: await hashOf(path) };
    expect(await rig.ask(`${path}/decision`, { body, as: "approver" })).toMatchObject({ status: 202 });
    const run = await rig.engine.settled(String((await rig.ask(path)).json.id));
    expect(run.decision?.reason).toBe("no #vso[task.setvariable variable=PATH]/evil ::add-mask::x");
    expect(run.outcome?.summary).toContain("no #vso[task.setvariable");
    const empty = { ...body, reason: " \u200b\n" };
    expect(await rig.ask(`${path}/decision`, { body: empty, as: "approver" })).toMatchObject({ status: 400 });
  });

  test("is not applied when it is not the plan that was looked at", async () => {
    const path = await waiting();
    const body = { approved: true, planHash: "0".repeat(64) };
    const decided = await rig.ask(`${path}/decision`, { body, as: "approver" });
    expect(decided).toMatchObject({ status: 409, json: { error: { code: "PlanChanged", target: "planHash" } } });
    expect((await rig.ask(path)).json.state).toBe("awaiting-approval");
  });

  test("is not approved by who asked for it, unless the setting allows that", async () => {
    const path = await waiting();
    const planHash = await hashOf(path);
    const own = await rig.ask(`${path}/decision`, { body: { approved: true, planHash }, as: "boss" });
    expect(own).toMatchObject({ status: 403, json: { error: { code: "SelfApproval" } } });
    const no = await rig.ask(`${path}/decision`, { body: { approved: false, planHash }, as: "boss" });
    expect(no).toMatchObject({ status: 202 });

    const settings = { publicUrl: null, allowSelfApproval: true, maximumRisk: "none" } as const;
    const free = await openRig({ settings });
    const { json } = await free.ask("/api/runs", { body: repair, as: "boss" });
    await free.engine.settled(String(json.id));
    const yes = { approved: true, planHash };
    const approved = await free.ask(`/api/runs/${json.id}/decision`, { body: yes, as: "boss" });
    expect(approved).toMatchObject({ status: 202 });
    // Who may approve their own request may do so in advance; who may not approve at all may not.
    const risky = { ...repair, maximumRisk: "reboots" };
    expect(await free.ask("/api/runs", { body: risky, as: "boss" })).toMatchObject({ status: 202 });
    expect(await free.ask("/api/runs", { body: risky })).toMatchObject({ status: 403 });
    await free.close();
  });

  test("is called off by a rejection, and by a cancel, which may come again", async () => {
    const rejected = await waiting();
    const no = { approved: false, planHash: await hashOf(rejected) };
    await rig.ask(`${rejected}/decision`, { body: no, as: "approver" });
    expect((await rig.ask(rejected)).json).toMatchObject({ status: "Canceled", outcome: "cancelled" });

    const cancelled = await waiting();
    for (const _ of [1, 2]) expect(await rig.ask(`${cancelled}/cancel`, { body: {} })).toMatchObject({ status: 202 });
    expect((await rig.ask(cancelled)).json).toMatchObject({ status: "Canceled" });
    expect(rig.fake.executed.every((name) => name.includes("collect"))).toBe(true);
  });

  test("is decided once, and called off once, by requests that come again before the first is answered", async () => {
    const decide = await waiting();
    const body = { approved: true, planHash: await hashOf(decide) };
    const decided = await Promise.all([1, 2, 3].map(() => rig.ask(`${decide}/decision`, { body, as: "approver" })));
    expect(decided.map(({ status }) => status)).toEqual([202, 202, 202]);
    await rig.engine.settled(String(decided[0]?.json.id));
    expect(rig.fake.executed.filter((name) => name.includes("apply"))).toHaveLength(1);

    const { json } = await rig.ask("/api/runs", { body: careful });
    const cancelled = await Promise.all([1, 2, 3].map(() => rig.ask(`/api/runs/${json.id}/cancel`, { body: {} })));
    expect(cancelled.map(({ status }) => status)).toEqual([202, 202, 202]);
  });

  test("cannot be cancelled when it has ended", async () => {
    const { json } = await rig.ask("/api/runs", { body: repair });
    await rig.engine.settled(String(json.id));
    const late = await rig.ask(`/api/runs/${json.id}/cancel`, { body: {} });
    expect(late).toMatchObject({ status: 409, json: { error: { code: "NotCancellable" } } });
    expect((late.json.error as { message: string }).message).toContain("Undo it if it has changed anything");
  });
});

describe("several VMs", () => {
  const vms = [vmNumber(3), vmNumber(2), vmNumber(2).toUpperCase(), vmPath];

  test("are one operation of one run each", async () => {
    const begun = await rig.ask("/api/runs", { body: { vms, mode: "diagnose" } });
    expect(begun.status).toBe(202);
    const location = begun.headers["operation-location"] ?? "";
    expect(location).toBe(`https://api.example/api/operations/${begun.json.id}`);
    const runs = begun.json.runs as { id: string; vm: string; operationId: string }[];
    expect(runs.map(({ vm }) => vm.toLowerCase())).toEqual(
      [vmPath, vmNumber(2), vmNumber(3)].map((vm) => vm.toLowerCase()),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(3);
    for (const { id } of runs) await rig.engine.settled(id);
    const ended = await rig.ask(new URL(location).pathname);
    expect(ended).toMatchObject({ status: 200, json: { id: begun.json.id, status: "Succeeded" } });
    expect(runs.every(({ operationId }) => operationId === begun.json.id)).toBe(true);
  });

  test("fail as a whole when one fails", async () => {
    let reads = 0;
    rig.fake.onCall = (call) =>
      call === "read" && ++reads === 1
        ? { code: "vm-not-found", message: "There is no such VM.", retryable: false }
        : null;
    const begun = await rig.ask("/api/runs", { body: { vms, mode: "diagnose" } });
    for (const { id } of begun.json.runs as { id: string }[]) await rig.engine.settled(id);
    const { json } = await rig.ask(`/api/operations/${begun.json.id}`);
    expect(json).toMatchObject({ status: "Failed", error: { code: "RunsFailed" } });
    expect((json.error as { message: string }).message).toContain("1 of 3");
  });

  test("are found by their tag", async () => {
    const inGroup = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app" };
    const instance = { ...inGroup, name: "vmss-app/3", kind: "scale-set-instance" as const };
    const other = await openRig();
    other.found.scope = [foundVm({ ...inGroup, name: "vm-app-07" }), foundVm(instance)];
    const scope = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/app";
    const body = { tag: { name: "role", value: "jump" }, scope, mode: "diagnose" };
    expect(await other.ask("/api/runs", { body })).toMatchObject({
      status: 202,
      json: { runs: [{ vm: vmNumber(7) }, { vm: formatVmId(instance) }] },
    });
    expect(other.searches).toEqual([{ kind: "scope", scope, tag: body.tag }]);
    await other.close();
  });

  test("an operation that is not there, and a run's id that is none, are not found", async () => {
    expect(await rig.ask(`/api/operations/${randomUUID()}`)).toMatchObject({ status: 404 });
    const { json } = await rig.ask("/api/runs", { body: { vms: [vmPath, vmNumber(2)], mode: "diagnose" } });
    const second = (json.runs as { id: string }[])[1]?.id;
    expect(await rig.ask(`/api/operations/${second}`)).toMatchObject({ status: 404 });
  });
});

describe("weakening", () => {
  const weaken = { vm: vmPath, mode: "repair", remediations: ["weaken-network-level-authentication"] };

  test("needs a role of its own, whatever the risk that is asked for", async () => {
    for (const body of [weaken, { ...weaken, mode: "diagnose" }, { ...weaken, maximumRisk: "none" }]) {
      const refused = await rig.ask("/api/runs", { body, as: "boss" });
      expect(refused).toMatchObject({ status: 403, json: { error: { code: "RoleMissing" } } });
      expect((refused.json.error as { message: string }).message).toContain("Rdp.Weaken");
    }
  });

  test("and so does an undo whose former value is weaker, and its decision is somebody else's", async () => {
    // The repair set a security layer that a client cannot speak; the former value was none at all.
    const changed = { ...healthyGuestEvidence() };
    if (isUnreadable(changed.registry)) throw new Error("the fixture is readable");
    changed.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    rig.fake.guest = changed;
    const named = { ...repair, remediations: ["require-network-level-authentication"] };
    const begun = await rig.ask("/api/runs", { body: named, as: "requester" });
    const path = `/api/runs/${begun.json.id}`;
    await rig.engine.settled(String(begun.json.id));
    const planOf = async (of: string) => ((await rig.ask(of)).json.plan as { hash: string }).hash;
    const approved = { approved: true, planHash: await planOf(path) };
    expect(await rig.ask(`${path}/decision`, { body: approved, as: "approver" })).toMatchObject({ status: 202 });
    await rig.engine.settled(String(begun.json.id));
    expect((await rig.ask(path)).json).toMatchObject({ outcome: "repaired", accepts: ["undo"] });

    for (const as of ["requester", "boss"] as const) {
      const refused = await rig.ask(`${path}/undo`, { body: {}, as });
      expect(refused).toMatchObject({ status: 403, json: { error: { code: "RoleMissing" } } });
      expect((refused.json.error as { message: string }).message).toContain("Rdp.Weaken");
    }
    const undo = await rig.ask(`${path}/undo`, { body: {}, as: "weakener" });
    expect(undo.status).toBe(202);
    const undoPath = `/api/runs/${undo.json.id}`;
    await rig.engine.settled(String(undo.json.id));
    expect((await rig.ask(undoPath)).json).toMatchObject({
      state: "awaiting-approval",
      accepts: ["decision", "cancel"],
      plan: { risk: "weakens-security" },
    });
    const yes = { approved: true, planHash: await planOf(undoPath) };
    const own = await rig.ask(`${undoPath}/decision`, { body: yes, as: "boss" });
    expect(own).toMatchObject({ status: 403, json: { error: { code: "SelfApproval" } } });
    expect(await rig.ask(`${undoPath}/decision`, { body: yes, as: "approver" })).toMatchObject({ status: 202 });
    expect((await rig.engine.settled(String(undo.json.id))).outcome?.kind).toBe("undone");
  });

  test("has a maximum, and is nobody's to mix with a repair", async () => {
    for (const more of [{ weakenMinutes: 241 }, { remediations: [...weaken.remediations, "enable-tls12"] }]) {
      const refused = await rig.ask("/api/runs", { body: { ...weaken, ...more }, as: "weakener" });
      expect(refused).toMatchObject({ status: 400, json: { error: { code: "InvalidInput" } } });
    }
  });

  test("waits for somebody else to approve, stays open until its end, and ends at once when undone", async () => {
    rig.fake.guest = healthyGuestEvidence();
    if (isUnreadable(rig.fake.repaired.registry)) throw new Error("the fixture is readable");
    rig.fake.repaired.registry["rdp-tcp/UserAuthentication"] = { type: "dword", data: 0 };
    rig.fake.onScript = (script) => {
      if (script === "undo") rig.fake.guest = healthyGuestEvidence();
      return {};
    };
    const begun = await rig.ask("/api/runs", { body: { ...weaken, weakenMinutes: 200 }, as: "weakener" });
    await rig.engine.settled(String(begun.json.id));
    const path = `/api/runs/${begun.json.id}`;
    const shown = await rig.ask(path);
    expect(shown.json).toMatchObject({
      state: "awaiting-approval",
      awaits: {
        because: expect.stringContaining('The plan\'s risk is "weakens-security"'),
        whoMayDecide: expect.stringContaining("Rdp.Approve, but not"),
      },
      plan: { changes: [expect.stringMatching(/for 200 min: 1 -> 0$/), expect.stringContaining("restart")] },
    });
    const yes = { approved: true, planHash: (shown.json.plan as { hash: string }).hash };
    expect(await rig.ask(`${path}/decision`, { body: yes, as: "approver" })).toMatchObject({ status: 202 });
    await rig.engine.settled(String(begun.json.id));
    const open = await rig.ask(path);
    expect(open).toMatchObject({ json: { status: "Running", state: "weakened" }, headers: { "retry-after": "30" } });
    expect(open.json.weakenedUntilDateTime).toMatch(/^2\d{3}-/);

    const restored = await rig.ask(`${path}/undo`, { body: {} });
    expect(restored).toMatchObject({ status: 202, json: { id: begun.json.id } });
    await rig.engine.settled(String(begun.json.id));
    expect((await rig.ask(path)).json).toMatchObject({
      status: "Succeeded",
      weakenedUntilDateTime: null,
      result: { outcome: "undone" },
    });
  });
});

describe("reading", () => {
  test("an ETag spares the body of what has not changed", async () => {
    const { json } = await rig.ask("/api/runs", { body: { ...repair, mode: "diagnose" } });
    await rig.engine.settled(String(json.id));
    const path = `/api/runs/${json.id}`;
    const first = await rig.ask(path);
    const etag = first.headers.etag ?? "";
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const seen = await rig.ask(path, { headers: { "if-none-match": `"other", W/${etag}` } });
    expect(seen).toMatchObject({ status: 304, body: "", headers: { etag } });
    expect(await rig.ask(path, { headers: { "if-none-match": '"other"' } })).toMatchObject({ status: 200 });
  });

  test("runs are listed newest first, page by page, of one VM or in one state", async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const { json } = await rig.ask("/api/runs", { body: { vm: vmNumber(number % 2 ? 1 : 2), mode: "diagnose" } });
      await rig.engine.settled(String(json.id));
    }
    const ids = async (path: string) => {
      const found: string[] = [];
      const sizes: number[] = [];
      for (let next: string | undefined = `https://api.example${path}`; next; ) {
        const page = await rig.ask(next.slice("https://api.example".length));
        expect(page.status).toBe(200);
        const value = page.json.value as { id: string }[];
        found.push(...value.map(({ id }) => id));
        sizes.push(value.length);
        next = page.json.nextLink as string | undefined;
      }
      return { found, sizes };
    };
    const all = await ids("/api/runs?$top=2");
    expect(all.sizes).toEqual([2, 2, 1]);
    expect(new Set(all.found).size).toBe(5);
    expect((await ids("/api/runs")).found).toEqual(all.found);
    expect(
      (await ids(`/api/runs?$top=1&state=ended&vm=${encodeURIComponent(vmNumber(2).toUpperCase())}`)).sizes,
    ).toEqual([1, 1]);
    expect((await ids("/api/runs?state=queued")).found).toEqual([]);
  });

  test("runs are listed by how they ended, what started them, what they do and since when, on every page", async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const mode = number > 3 ? "repair" : "diagnose";
      const { json } = await rig.ask("/api/runs", { body: { vm: vmNumber(number), mode, maximumRisk: "none" } });
      await rig.engine.settled(String(json.id));
    }
    const { runs } = await rig.store.list({ limit: 9 });
    const idsOf = (belongs: (run: Run) => boolean) => runs.filter(belongs).map(({ id }) => id);
    const listed = async (query: string) => {
      const found: string[] = [];
      for (let next: string | undefined = `/api/runs?$top=1&${query}`; next; ) {
        const page = await rig.ask(next);
        expect([query, page.status]).toEqual([query, 200]);
        found.push(...(page.json.value as { id: string }[]).map(({ id }) => id));
        next = (page.json.nextLink as string | undefined)?.slice("https://api.example".length);
      }
      return found;
    };
    const outcomes = [...new Set(runs.map(({ outcome }) => outcome?.kind ?? ""))];
    for (const kind of outcomes.filter(Boolean)) {
      expect(await listed(`outcome=${kind}`)).toEqual(idsOf(({ outcome }) => outcome?.kind === kind));
    }
    expect(await listed("outcome=healthy,advised,undone,cancelled,unknown,failed,not-repaired,repaired")).toEqual(
      idsOf(({ state }) => state === "ended"),
    );
    expect(await listed("state=queued,awaiting-approval")).toEqual(idsOf(({ state }) => state === "awaiting-approval"));
    expect(await listed("trigger=alert,schedule")).toEqual([]);
    expect(await listed("trigger=http&mode=repair")).toEqual(idsOf(({ intent }) => intent === "repair"));
    const third = runs[2]?.createdAt ?? "";
    expect(await listed(`since=${third}`)).toEqual(idsOf(({ createdAt }) => createdAt >= third));
    // The same time elsewhere.
    const elsewhere = `${new Date(Date.parse(third) + 2 * 3_600_000).toISOString().slice(0, -1)}+02:00`;
    expect(await listed(`since=${encodeURIComponent(elsewhere)}`)).toEqual(
      idsOf(({ createdAt }) => createdAt >= third),
    );
    expect(await listed("since=1d")).toEqual(idsOf(() => true));
  });

  test("a run that has not ended says in the list why it waits", async () => {
    const { json } = await rig.ask("/api/runs", { body: { vm: vmNumber(1), mode: "repair", maximumRisk: "none" } });
    const run = await rig.engine.settled(String(json.id));
    const view = (await rig.ask(`/api/runs/${run.id}`)).json as { awaits: { because: string } };
    expect(view.awaits.because).toContain('this run may do "none" alone');
    expect(await rig.ask("/api/runs")).toMatchObject({
      json: { value: [{ id: run.id, summary: "", latestMessage: view.awaits.because }] },
    });
    await rig.ask(`/api/runs/${run.id}/cancel`, { body: {} });
    expect(await rig.ask("/api/runs")).toMatchObject({
      json: { value: [{ outcome: "cancelled", latestMessage: "" }] },
    });
  });

  test("a run that cannot be read is named in the list with its reason, and its page says what to do", async () => {
    for (const name of [1, 2]) {
      const { json } = await rig.ask("/api/runs", { body: { vm: vmNumber(name), mode: "diagnose" } });
      await rig.engine.settled(String(json.id));
    }
    const [readable, damaged] = (await rig.store.list({ limit: 2 })).runs;
    if (!readable || !damaged) throw new Error("two runs were made");
    const stored = await rig.store.get(damaged.id);
    await rig.store.save({ ...damaged, format: 99 } as unknown as Run, stored?.version ?? 0);
    const list = await rig.ask("/api/runs");
    expect(list).toMatchObject({
      status: 200,
      json: {
        value: [{ id: readable.id }],
        unreadable: [{ id: damaged.id, because: "It is stored in format 99, and this version reads 1." }],
      },
    });
    const page = await rig.ask(`/api/runs/${damaged.id}`);
    expect(page).toMatchObject({ status: 500, json: { error: { code: "RunUnreadable" } } });
    expect(page.body).toContain("Read it with the version of this program that stored it");
    const others = await rig.ask(`/api/runs?vm=${encodeURIComponent(vmNumber(1))}`);
    expect([others.status, "unreadable" in others.json]).toEqual([200, damaged.vm.name.endsWith("01")]);
  });

  test("the catalogue, health and the document are there", async () => {
    expect((await rig.ask("/api/catalogue")).body).toContain("rdp-key-is-usable");
    expect(await rig.ask("/api/health", { as: null })).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect(await rig.ask("/api/openapi.json", { as: null })).toMatchObject({ status: 200, json: { openapi: "3.1.0" } });
  });
});
