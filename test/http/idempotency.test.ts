import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRunService, type RunService } from "../../lib/runs/intake/service.ts";
import { foundVm, openRig, type Rig, vmNumber, vmPath } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  expect(rig.surprises).toEqual([]);
  await rig.close();
});

const diagnose = { vm: vmPath, mode: "diagnose" };
const firstSent = "Sat, 21 Nov 2026 08:00:00 GMT";

async function howMany(): Promise<number> {
  return (await rig.engine.list({ limit: 100 })).runs.length;
}

/** A service over the engine of this test's rig, for an API of its own. */
function serviceOf({ engine }: Rig): RunService {
  return createRunService(engine, () => new Date(), randomUUID);
}

describe("a request with an Operation-Id", () => {
  test("starts a run of that id, and nothing more when it comes again", async () => {
    const id = randomUUID();
    const headers = { "operation-id": id.toUpperCase() };
    const first = await rig.ask("/api/runs", { body: diagnose, headers });
    expect(first).toMatchObject({ status: 202, json: { id } });
    await rig.engine.settled(id);
    const again = await rig.ask("/api/runs", { body: diagnose, headers });
    expect(again).toMatchObject({ status: 202, json: { id, status: "Succeeded" } });
    expect(again.headers["operation-location"]).toBe(first.headers["operation-location"]);
    expect(await howMany()).toBe(1);
  });

  test.each([
    ["another VM", { ...diagnose, vm: vmNumber(2) }],
    ["another mode", { ...diagnose, mode: "repair" }],
    ["another option", { ...diagnose, checks: ["rdp-is-enabled"] }],
    ["several VMs", { vms: [vmPath], mode: "diagnose" }],
  ])("is refused when the id stands for %s", async (_, other) => {
    const headers = { "operation-id": randomUUID() };
    await rig.ask("/api/runs", { body: diagnose, headers });
    const reused = await rig.ask("/api/runs", { body: other, headers });
    expect(reused).toMatchObject({ status: 400, json: { error: { code: "OperationIdReused" } } });
    expect(await howMany()).toBe(1);
  });

  test("is refused when the id stands for somebody else's request, or for a run that came another way", async () => {
    const headers = { "operation-id": randomUUID() };
    await rig.ask("/api/runs", { body: diagnose, headers });
    expect(await rig.ask("/api/runs", { body: diagnose, headers, as: "approver" })).toMatchObject({ status: 400 });
    const several = await rig.ask("/api/runs", { body: { vms: [vmPath, vmNumber(2)], mode: "diagnose" } });
    const second = (several.json.runs as { id: string }[])[1]?.id ?? "";
    const taken = await rig.ask("/api/runs", { body: diagnose, headers: { "operation-id": second } });
    expect(taken).toMatchObject({ status: 400, json: { error: { code: "OperationIdReused" } } });
  });

  test("delivered fifty times at once starts one run, which works once", async () => {
    const headers = { "operation-id": randomUUID() };
    const body = { ...diagnose, mode: "repair" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => rig.ask("/api/runs", { body, headers })));
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
    await rig.engine.settled(headers["operation-id"]);
    expect(await howMany()).toBe(1);
    // The fake throws when a script is started twice.
    expect(rig.fake.executed).toHaveLength(2);
  });

  test("of two different requests at once, one is taken", async () => {
    const headers = { "operation-id": randomUUID() };
    const bodies = [{ vms: [vmPath, vmNumber(2)] }, { vms: [vmNumber(3), vmNumber(4)] }, { vm: vmNumber(5) }];
    const answers = await Promise.all(
      bodies.map((body) => rig.ask("/api/runs", { body: { ...body, mode: "diagnose" }, headers })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 400, 400]);
    const taken = answers.find(({ status }) => status === 202)?.json.runs as unknown[] | undefined;
    expect(await howMany()).toBe(taken?.length ?? 1);
  });

  test("also for an undo", async () => {
    const { json } = await rig.ask("/api/runs", { body: { ...diagnose, mode: "repair" } });
    await rig.engine.settled(String(json.id));
    const headers = { "operation-id": randomUUID() };
    const undos = await Promise.all([1, 2, 3].map(() => rig.ask(`/api/runs/${json.id}/undo`, { body: {}, headers })));
    expect(undos.map(({ status, json: { id } }) => [status, id])).toEqual(
      undos.map(() => [202, headers["operation-id"]]),
    );
    await rig.engine.settled(headers["operation-id"]);
    expect(await howMany()).toBe(2);
  });
});

describe("several VMs with an Operation-Id", () => {
  const vms = [1, 2, 3, 4].map(vmNumber);

  test("get the same runs, whenever and in whatever number the request comes", async () => {
    const headers = { "operation-id": randomUUID() };
    const ask = () => rig.ask("/api/runs", { body: { vms, mode: "diagnose" }, headers });
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    const ids = answers.map(({ json }) => JSON.stringify((json.runs as { id: string }[]).map(({ id }) => id)));
    expect(new Set(ids).size).toBe(1);
    expect(await howMany()).toBe(4);
  });

  test("are completed by the next delivery when the first was cut off", async () => {
    const headers = { "operation-id": randomUUID() };
    let starts = 0;
    const service = serviceOf(rig);
    const cut = await openRig({
      engine: rig.engine,
      service: {
        ...service,
        start: async (request) => {
          if (++starts === 3)
            return { ok: false, problem: { code: "store-conflict", message: "Not now.", retryable: true } };
          return service.start(request);
        },
      },
    });
    const body = { vms, mode: "diagnose" };
    expect(await cut.ask("/api/runs", { body, headers })).toMatchObject({
      status: 503,
      headers: { "retry-after": "30" },
    });
    expect(await howMany()).toBe(3);
    const half = await cut.ask(`/api/operations/${headers["operation-id"]}`);
    expect((half.json.runs as unknown[]).length).toBe(3);
    expect(["NotStarted", "Running"]).toContain(half.json.status);
    expect(await cut.ask("/api/runs", { body, headers })).toMatchObject({ status: 202 });
    expect(await howMany()).toBe(4);
    await cut.close();
  });

  test("found by a tag stay those of the first delivery", async () => {
    const other = await openRig({ engine: rig.engine, service: serviceOf(rig) });
    const finds = (...numbers: number[]) => {
      other.found.scope = numbers.map((number) =>
        foundVm({
          subscriptionId: "00000000-0000-4000-8000-000000000001",
          resourceGroup: "app",
          name: `vm-app-0${number}`,
        }),
      );
    };
    finds(1, 2);
    const scope = "/subscriptions/00000000-0000-4000-8000-000000000001";
    const body = { tag: { name: "role", value: "jump" }, scope, mode: "diagnose" };
    const headers = { "operation-id": randomUUID() };
    const first = await other.ask("/api/runs", { body, headers });
    finds(2, 3, 0);
    const second = await other.ask("/api/runs", { body, headers });
    const idsOf = ({ json }: typeof first) => (json.runs as { id: string }[]).map(({ id }) => id);
    expect(second.status).toBe(202);
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(await howMany()).toBe(2);
    await other.close();
  });
});

describe("Repeatability headers", () => {
  test("do the same, and are answered", async () => {
    const headers = { "repeatability-request-id": randomUUID(), "repeatability-first-sent": firstSent };
    for (const _ of [1, 2]) {
      const answer = await rig.ask("/api/runs", { body: diagnose, headers });
      expect(answer).toMatchObject({ status: 202, json: { id: headers["repeatability-request-id"] } });
      expect(answer.headers["repeatability-result"]).toBe("accepted");
    }
    const other = await rig.ask("/api/runs", { body: { ...diagnose, vm: vmNumber(2) }, headers });
    expect(other).toMatchObject({ status: 400, headers: { "repeatability-result": "rejected" } });
    expect(await howMany()).toBe(1);
  });

  test.each([
    ["one without the other", { "repeatability-request-id": randomUUID() }],
    ["the other without the one", { "repeatability-first-sent": firstSent }],
    ["a time that is none", { "repeatability-request-id": randomUUID(), "repeatability-first-sent": "yesterday" }],
    ["an id that is none", { "repeatability-request-id": "7", "repeatability-first-sent": firstSent }],
    ["an Operation-Id that is none", { "operation-id": "../1" }],
    [
      "two ids that differ",
      { "operation-id": randomUUID(), "repeatability-request-id": randomUUID(), "repeatability-first-sent": firstSent },
    ],
  ])("are refused: %s", async (_, headers) => {
    const answer = await rig.ask("/api/runs", { body: diagnose, headers });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: "InvalidInput" } } });
    expect(await howMany()).toBe(0);
  });
});
