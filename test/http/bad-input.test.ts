import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ApiRequest } from "../../lib/http/api-message.ts";
import { sqliteProblem } from "../../lib/local/sqlite-store.ts";
import { foundVm, openRig, type Rig, type Told, vmNumber, vmPath } from "./rig.ts";
import { requester, tokenOf } from "./sign-in.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterEach(async () => {
  expect(rig.surprises).toEqual([]);
  expect((await rig.engine.list({ limit: 1 })).runs).toEqual([]);
});
afterAll(() => rig.close());

const good = { vm: vmPath, mode: "diagnose" };

describe("a body is refused, with the offending field named", () => {
  const cases: [string, unknown, string, string][] = [
    ["an unknown field", { ...good, dryrun: true }, "InvalidInput", "dryrun"],
    [
      "an unknown field inside",
      { ...good, clientError: { code: 1, extendedCode: 2, more: 3 } },
      "InvalidInput",
      "clientError.more",
    ],
    ["no mode", { vm: vmPath }, "InvalidInput", "mode"],
    ["a mode that is none", { ...good, mode: "fix" }, "InvalidInput", "mode"],
    ["no VM at all", { mode: "diagnose" }, "InvalidInput", "body"],
    ["VMs in two ways", { ...good, vms: [vmPath] }, "InvalidInput", "body"],
    ["a tag without its scope", { mode: "diagnose", tag: { name: "a", value: "b" } }, "InvalidInput", "body"],
    [
      "a scope without a tag",
      { ...good, scope: "/subscriptions/00000000-0000-4000-8000-000000000001" },
      "InvalidInput",
      "body",
    ],
    [
      "a scope that climbs from its group",
      {
        mode: "diagnose",
        tag: { name: "a", value: "b" },
        scope: "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/..",
      },
      "InvalidInput",
      "scope",
    ],
    [
      "a scope that climbs",
      { mode: "diagnose", tag: { name: "a", value: "b" }, scope: "/subscriptions/../x" },
      "InvalidInput",
      "scope",
    ],
    ["a VM that is none", { ...good, vm: "vm-app-01" }, "InvalidVmId", "vm"],
    ["a VM of another cloud", { ...good, vm: `https://management.usgovcloudapi.net${vmPath}` }, "ForeignCloud", "vm"],
    ["a VM that climbs", { ...good, vm: vmPath.replace("vm-app-01", "..%2f..") }, "InvalidVmId", "vm"],
    ["one VM of many that is none", { vms: [vmPath, "x"], mode: "diagnose" }, "InvalidVmId", "vms.1"],
    ["no VM in the list", { vms: [], mode: "diagnose" }, "InvalidInput", "vms"],
    [
      "too many VMs",
      { vms: Array.from({ length: 51 }, (_, n) => vmNumber(n)), mode: "diagnose" },
      "InvalidInput",
      "vms",
    ],
    ["a source that is none", { ...good, sources: ["203.0.113.7", "home"] }, "InvalidInput", "sources.1"],
    [
      "an error code that is none",
      { ...good, clientError: { code: -1, extendedCode: 7 } },
      "InvalidInput",
      "clientError.code",
    ],
    ["an error that is none", { ...good, clientError: 904 }, "InvalidInput", "clientError"],
    ["an error of white space", { ...good, clientError: " \u0000\n" }, "InvalidInput", "clientError"],
    ["an error that is too long", { ...good, clientError: "x".repeat(2001) }, "InvalidInput", "clientError"],
    ["a risk that is none", { ...good, maximumRisk: "any" }, "InvalidInput", "maximumRisk"],
    ["a string for a switch", { ...good, force: "true" }, "InvalidInput", "force"],
    ["a list", [good], "InvalidInput", "body"],
    ["a string", "diagnose", "InvalidInput", "body"],
    ["null", null, "InvalidInput", "body"],
  ];
  test.each(cases)("%s", async (_, body, code, target) => {
    const answer = await rig.ask("/api/runs", { body });
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatchObject({ code, target });
    expect(answer.headers["x-ms-error-code"]).toBe(code);
  });

  test("and every other field too, in details", async () => {
    const { json } = await rig.ask("/api/runs", { body: { vm: 1, mode: 2, one: 3, two: 4 } });
    const { message, details } = json.error as { message: string; details: { code: string; target: string }[] };
    expect(details.map(({ target }) => target).sort()).toEqual(["mode", "one", "two", "vm"]);
    expect(message).toContain("And 3 more");
  });

  test("but never endlessly", async () => {
    const body = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`${n}${"x".repeat(200)}`, 1]));
    expect((await rig.ask("/api/runs", { body })).body.length).toBeLessThan(10_000);
  });

  test("a check and a remediation that the catalogue does not have", async () => {
    for (const [field, code] of [
      ["checks", "UnknownCheck"],
      ["remediations", "UnknownRemediation"],
    ] as const) {
      const answer = await rig.ask("/api/runs", { body: { ...good, [field]: ["turn-it-off-and-on"] } });
      expect(answer).toMatchObject({ status: 400, json: { error: { code } } });
    }
  });

  test("more VMs behind a tag than one request may name, and none at all", async () => {
    const scope = "/subscriptions/00000000-0000-4000-8000-000000000001";
    const body = { tag: { name: "a", value: "b" }, scope, mode: "diagnose" };
    const one = { subscriptionId: "00000000-0000-4000-8000-000000000001", resourceGroup: "app", name: "vm" };
    const many = await openRig();
    many.found.scope = Array.from({ length: 51 }, (_, n) => foundVm({ ...one, name: `vm${n}` }));
    expect(await many.ask("/api/runs", { body })).toMatchObject({
      status: 400,
      json: { error: { code: "TooManyVms" } },
    });
    await many.close();
    const none = await openRig();
    expect(await none.ask("/api/runs", { body })).toMatchObject({
      status: 404,
      json: { error: { code: "NoVmFound" } },
    });
    await none.close();
  });
});

describe("bytes are refused", () => {
  async function send(
    body: string | Uint8Array,
    contentType = "application/json",
  ): Promise<[number, string | undefined]> {
    const request: ApiRequest = {
      method: "POST",
      url: "https://api.example/api/runs",
      headers: {
        authorization: `Bearer ${await tokenOf(requester, "Rdp.Repair")}`,
        ...(contentType && { "content-type": contentType }),
      },
      body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    };
    const { status, headers } = await rig.api(request);
    return [status, headers["x-ms-error-code"]];
  }

  test("above 256 KiB, and not before", async () => {
    const padded = (length: number) => JSON.stringify({ padding: "" }).replace('""', `"${"x".repeat(length - 14)}"`);
    expect(await send(padded(256 * 1024 + 1))).toEqual([413, "BodyTooLarge"]);
    expect(await send(padded(256 * 1024))).toEqual([400, "InvalidInput"]);
  });

  test("that are not said to be JSON, also when there are none", async () => {
    for (const type of ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]) {
      expect(await send(JSON.stringify(good), type)).toEqual([415, "UnsupportedMediaType"]);
    }
    expect(await send("", "")).toEqual([415, "UnsupportedMediaType"]);
    expect(await send("{}", 'Application/JSON; charset="UTF-8"')).toEqual([400, "InvalidInput"]);
  });

  test("that are not JSON in UTF-8", async () => {
    for (const body of ["{", "{'vm':1}", "undefined", Uint8Array.of(0x22, 0xff, 0x22), "[".repeat(200_000)]) {
      expect(await send(body)).toEqual([400, "InvalidJson"]);
    }
  });

  test.each([
    '{"__proto__":{"admin":true},"mode":"diagnose"}',
    '{"clientError":{"constructor":{"prototype":{}}}}',
    '{"a":[{"prototype":1}]}',
    '{"\\u005f\\u005fproto\\u005f\\u005f":1}',
  ])("whose keys reach for a prototype: %s", async (body) => {
    expect(await send(body)).toEqual([400, "ReservedKey"]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

test("an identifier by which a request would be repeatable is refused where it would mean nothing", async () => {
  const headers = { "repeatability-request-id": randomUUID() };
  const answer = await rig.ask(`/api/runs/${randomUUID()}/cancel`, { body: {}, headers });
  expect(answer).toMatchObject({ status: 501, json: { error: { code: "NotSupported" } } });
});

describe("an address is refused", () => {
  const id = randomUUID();
  const cases: [string, Told, number, string][] = [
    ["/", {}, 404, "NotFound"],
    ["/api", {}, 404, "NotFound"],
    ["/api/runs/", {}, 404, "NotFound"],
    ["/api/runs/7", {}, 404, "NotFound"],
    ["/api/runs/..%2f..%2fetc%2fpasswd", {}, 404, "NotFound"],
    [`/api/runs/${id}%00`, {}, 404, "NotFound"],
    [`/api/runs/${id}%2fundo`, {}, 404, "NotFound"],
    [`/api/runs/${id};x`, {}, 404, "NotFound"],
    [`/api/runs//${id}`, {}, 404, "NotFound"],
    [`/api/runs/${id}/../${id}/x`, {}, 404, "NotFound"],
    [`/API/RUNS`, {}, 404, "NotFound"],
    [`/api/runs/${id}`, {}, 404, "RunNotFound"],
    [`/api/runs/${id}/cancel`, { body: {} }, 404, "RunNotFound"],
    [`/api/runs/${id}`, { method: "DELETE" }, 405, "MethodNotAllowed"],
    ["/api/runs?top=3", {}, 400, "InvalidInput"],
    ["/api/runs?$top=0", {}, 400, "InvalidInput"],
    ["/api/runs?$top=101", {}, 400, "InvalidInput"],
    ["/api/runs?$top=ten", {}, 400, "InvalidInput"],
    ["/api/runs?$top=1&$top=2", {}, 400, "InvalidInput"],
    ["/api/runs?state=asleep", {}, 400, "InvalidInput"],
    ["/api/runs?state=queued,asleep", {}, 400, "InvalidInput"],
    ["/api/runs?state=", {}, 400, "InvalidInput"],
    ["/api/runs?outcome=failed,", {}, 400, "InvalidInput"],
    [`/api/runs?outcome=${"failed,".repeat(40)}failed`, {}, 400, "InvalidInput"],
    ["/api/runs?trigger=alert&trigger=http", {}, 400, "InvalidInput"],
    ["/api/runs?mode=destroy", {}, 400, "InvalidInput"],
    ["/api/runs?since=yesterday", {}, 400, "InvalidInput"],
    ["/api/runs?since=999999d", {}, 400, "InvalidInput"],
    ["/api/runs?since=2026-13-01T00:00:00Z", {}, 400, "InvalidInput"],
    ["/api/runs?since=-1h", {}, 400, "InvalidInput"],
    ["/api/runs?vm=vm-app-01", {}, 400, "InvalidVmId"],
    ["/api/runs?$skipToken='--", {}, 400, "InvalidInput"],
    [`/api/runs/${id}?expand=all`, {}, 400, "InvalidInput"],
  ];
  test.each(cases)("%s %o", async (path, told, status, code) => {
    expect(await rig.ask(path, told)).toMatchObject({ status, headers: { "x-ms-error-code": code } });
  });

  test("with the methods that it has", async () => {
    expect((await rig.ask("/api/runs", { method: "PATCH" })).headers.allow).toBe("POST, GET");
    expect((await rig.ask("/api/runs/", { method: "PATCH" })).headers).not.toHaveProperty("allow");
  });

  test("a made-up skip token finds nothing and breaks nothing", async () => {
    for (const token of ["AAAA", Buffer.from("2026|' OR 1=1 --").toString("base64url")]) {
      expect(await rig.ask(`/api/runs?$skipToken=${token}`)).toMatchObject({ status: 200, json: { value: [] } });
    }
  });
});

describe("who may not", () => {
  const id = randomUUID();
  test.each<[string, Told, string]>([
    ["/api/runs", { as: "alerts" }, "Rdp.Read"],
    ["/api/runs", { as: "alerts", body: good }, "Rdp.Read"],
    ["/api/runs", { as: "approver", body: { ...good, mode: "repair" } }, "Rdp.Repair"],
    [`/api/runs/${id}/undo`, { as: "approver", body: {} }, "Rdp.Repair"],
    [`/api/runs/${id}/cancel`, { as: "approver", body: {} }, "Rdp.Repair"],
    [`/api/runs/${id}/decision`, { body: { approved: true, planHash: "0".repeat(64) } }, "Rdp.Approve"],
    ["/api/runs", { body: { ...good, remediations: ["weaken-security-layer"] } }, "Rdp.Weaken"],
    ["/api/alerts", { body: {} }, "ActionGroupsSecureWebhook"],
    ["/api/catalogue", { as: "alerts" }, "Rdp.Read"],
    ["/api/mcp", { as: "alerts", body: { jsonrpc: "2.0", id: 1, method: "tools/list" } }, "Rdp.Read"],
  ])("%s %o is told which role is missing", async (path, told, role) => {
    const answer = await rig.ask(path, told);
    expect(answer).toMatchObject({ status: 403, json: { error: { code: "RoleMissing" } } });
    expect((answer.json.error as { message: string }).message).toContain(role);
  });

  test("anonymous requests are rejected, except for health and the document", async () => {
    for (const path of [
      "/api/runs",
      `/api/runs/${id}`,
      `/api/operations/${id}`,
      "/api/catalogue",
      "/api/explain?code=2308",
    ]) {
      expect(await rig.ask(path, { as: null })).toMatchObject({ status: 401 });
    }
    // Sign-in comes before everything that a stranger could learn from.
    expect(await rig.ask("/api/runs", { as: null, body: { what: "ever" } })).toMatchObject({ status: 401 });
  });

  test("no request may do more by itself than the settings say", async () => {
    const answer = await rig.ask("/api/runs", { body: { ...good, mode: "repair", maximumRisk: "replaces-keys" } });
    expect(answer).toMatchObject({ status: 403, json: { error: { code: "RiskAboveLimit" } } });
  });
});

test("a surprise is told to the log, and to the caller only by its request id", async () => {
  const broken = await openRig({
    service: {
      start: async () => {
        throw new Error("the secret inside");
      },
      undo: async () => {
        throw new Error("never called");
      },
      undoneBy: async () => null,
    },
  });
  const answer = await broken.ask("/api/runs", { body: good });
  expect(answer).toMatchObject({ status: 500, json: { error: { code: "Internal" } } });
  expect(answer.body).not.toContain("secret");
  expect(answer.body).toContain(answer.headers["x-ms-request-id"]);
  expect(broken.surprises).toHaveLength(1);
  await broken.close();
});

test("health is true: 503 while something is broken, which is named without its error", async () => {
  const full = Object.assign(new Error("database or disk is full"), { errcode: 13 });
  const broken = await openRig({
    explain: sqliteProblem,
    onSurprise: () => {},
    health: async () => [
      { name: "the store of runs", error: full },
      { name: "Azure Resource Manager", error: new Error("a secret reason") },
    ],
  });
  const answer = await broken.ask("/api/health", { as: null });
  expect(answer).toMatchObject({
    status: 503,
    headers: { "retry-after": "30" },
    json: {
      error: {
        code: "Unhealthy",
        message: expect.stringMatching(/Broken: the store of runs \(.*the disk is full.*\); Azure Resource Manager\./),
      },
    },
  });
  expect(answer.body).not.toContain("secret");
  await broken.close();
});
