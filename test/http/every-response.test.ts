import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthenticate } from "../../lib/http/authentication.ts";
import type { Route } from "../../lib/http/route.ts";
import { routes } from "../../lib/http/routes.ts";
import { sqliteProblem } from "../../lib/local/sqlite-store.ts";
import { document } from "./document.ts";
import { openRig, type Rig, type Told, vmNumber, vmPath, waitingPlan } from "./rig.ts";
import { signIn } from "./sign-in.ts";

/*
 * Every answer that the OpenAPI document promises is brought about once. The rig holds it against the document, so this
 * also says that the document promises nothing that never comes.
 */

let rig: Rig;
/** It finds no VM by a tag, and takes any alert. */
let other: Rig;
/** Its tenant's keys cannot be read. */
let blind: Rig;
let full: Rig;
/** Its callers have used up their budgets. */
let spent: Rig;
/** Has a fault. */
let faulty: Rig;

/** Runs in the states that some answers need, and an operation of several. */
const runs = {
  diagnosed: "",
  repaired: "",
  waiting: "",
  toCancel: "",
  operation: "",
  fleet: "",
  fleetToDecide: "",
  endedFleet: "",
};
let fingerprint = "";
let planHash = "";

beforeAll(async () => {
  rig = await openRig();
  other = await openRig({
    signIn: peopleSignIn,
    receiveAlert: async () => ({ accepted: [{ vm: vmPath, runId: randomUUID() }], ignored: [] }),
  });
  const none = { take: () => 60 };
  spent = await openRig({ budgets: { runs: none, vmLists: none } });
  full = await openRig({
    explain: sqliteProblem,
    health: async () => [
      { name: "the store of runs", error: Object.assign(new Error("database or disk is full"), { errcode: 13 }) },
    ],
    onSurprise: () => {},
  });
  blind = await openRig({
    authenticate: createAuthenticate(
      signIn,
      () => new Date(),
      () => Promise.reject(new TypeError("fetch failed")),
    ),
  });
  // biome-ignore lint/suspicious/noExplicitAny: a fault of ours is what is not foreseen.
  faulty = await openRig({ settings: null as any });

  async function begin(body: object): Promise<string> {
    const { json } = await rig.ask("/api/runs", { body });
    await rig.engine.settled(String(json.id));
    return String(json.id);
  }
  // The simulated VM has one state: who is to find a fault comes before it is repaired.
  runs.waiting = await begin({ vm: vmNumber(3), mode: "repair", maximumRisk: "none" });
  runs.toCancel = await begin({ vm: vmNumber(4), mode: "repair", maximumRisk: "none" });
  const fleetOf = async (mode: "repair" | "diagnose", number: number) =>
    String(
      (
        await rig.ask("/api/operations", {
          body: { vms: [vmNumber(number)], mode, ...(mode === "repair" && { maximumRisk: "none" }) },
        })
      ).json.id,
    );
  runs.fleet = await fleetOf("repair", 6);
  runs.fleetToDecide = await fleetOf("repair", 9);
  runs.endedFleet = await fleetOf("diagnose", 7);
  await rig.fleet.settled(runs.endedFleet);
  const waiting = await waitingPlan(rig, runs.fleetToDecide);
  fingerprint = waiting.fingerprint;
  runs.repaired = await begin({ vm: vmPath, mode: "repair" });
  runs.diagnosed = await begin({ vm: vmPath, mode: "diagnose" });
  const { json } = await rig.ask("/api/runs", { body: { vms: [vmPath, vmNumber(2)], mode: "diagnose" } });
  runs.operation = String(json.id);
  planHash = ((await rig.ask(`/api/runs/${runs.waiting}`)).json.plan as { hash: string }).hash;
});
afterAll(() => Promise.all([rig, other, blind, full, spent, faulty].map((one) => one.close())));

type Bring = (at: { path: string; told: Told }) => ReturnType<Rig["ask"]>;

const seen = { headers: { "if-none-match": "*" } };
const tagged = { tag: { name: "a", value: "b" }, scope: `/subscriptions/${randomUUID()}`, mode: "diagnose" };
const at = (id: string, more = "") => `/api/runs/${id}${more}`;

/** What only this route answers, or answers for a reason of its own. */
const own: Record<string, Record<number, Bring>> = {
  startRuns: {
    202: () => rig.ask("/api/runs", { body: { vm: vmNumber(5), mode: "diagnose" } }),
    404: () => other.ask("/api/runs", { body: tagged }),
    429: () => spent.ask("/api/runs", { body: { vm: vmPath, mode: "diagnose" } }),
  },
  listRuns: { 304: () => rig.ask("/api/runs", seen) },
  getHealth: { 503: ({ path, told }) => full.ask(path, told) },
  getRun: { 200: () => rig.ask(at(runs.diagnosed)), 304: () => rig.ask(at(runs.diagnosed), seen) },
  getNetworkProposal: { 200: () => rig.ask(at(runs.diagnosed, "/network-proposal")) },
  getReport: { 200: () => rig.ask(at(runs.diagnosed, "/report")) },
  getSupportBundle: { 200: () => rig.ask(at(runs.diagnosed, "/support-bundle")) },
  decideRun: {
    202: () => decide(runs.waiting),
    409: () => decide(runs.diagnosed),
  },
  cancelRun: {
    202: () => rig.ask(at(runs.toCancel, "/cancel"), { body: {} }),
    409: () => rig.ask(at(runs.diagnosed, "/cancel"), { body: {} }),
  },
  undoRun: {
    202: () => rig.ask(at(runs.repaired, "/undo"), { body: {} }),
    409: () => rig.ask(at(runs.diagnosed, "/undo"), { body: {} }),
  },
  getOperation: {
    200: () => rig.ask(`/api/operations/${runs.operation}`),
    304: () => rig.ask(`/api/operations/${runs.operation}`, seen),
  },
  startOperation: {
    202: () => rig.ask("/api/operations", { body: { vms: [vmNumber(8)], mode: "diagnose" } }),
    404: () => rig.ask("/api/operations", { body: { scope: tagged.scope, mode: "diagnose" } }),
    429: () => spent.ask("/api/operations", { body: { vms: [vmPath], mode: "diagnose" } }),
  },
  getOperationResults: { 200: () => rig.ask(`/api/operations/${runs.endedFleet}/results`) },
  getOperationLockouts: { 200: () => rig.ask(`/api/operations/${runs.endedFleet}/lockouts`) },
  getOperationTable: { 200: () => rig.ask(`/api/operations/${runs.endedFleet}/results.csv`) },
  getOperationReport: { 200: () => rig.ask(`/api/operations/${runs.endedFleet}/report`) },
  pauseOperation: {
    202: () => rig.ask(`/api/operations/${runs.fleet}/pause`, { body: {} }),
    409: () => rig.ask(`/api/operations/${runs.endedFleet}/pause`, { body: {} }),
  },
  resumeOperation: {
    202: () => rig.ask(`/api/operations/${runs.fleet}/resume`, { body: {} }),
    409: () => rig.ask(`/api/operations/${runs.endedFleet}/resume`, { body: {} }),
  },
  cancelOperation: {
    202: () => rig.ask(`/api/operations/${runs.fleet}/cancel`, { body: {} }),
    409: () => rig.ask(`/api/operations/${runs.endedFleet}/cancel`, { body: {} }),
  },
  decideOperation: {
    202: () => decideKind(runs.fleetToDecide),
    409: () => decideKind(runs.endedFleet),
  },
  receiveAlert: {
    202: () => other.ask("/api/alerts", { body: {}, as: "alerts" }),
  },
  receiveMcp: {
    200: () => tellMcp({ id: 1, method: "tools/list" }),
    202: () => tellMcp({ method: "notifications/initialized" }),
    // A route that needs nothing of the service but the address in what it tells a person.
    500: ({ path, told }) => faulty.ask(path, { ...told, body: { jsonrpc: "2.0", id: 1, method: "tools/list" } }),
  },
  getProtectedResource: {
    200: ({ path }) => other.ask(path),
  },
};

const peopleSignIn = {
  authority: `${signIn.authorityHost}/${signIn.tenantId}`,
  scope: `${signIn.audiences[0]}/user_impersonation`,
};

function tellMcp(message: object) {
  const headers = { accept: "application/json, text/event-stream" };
  return rig.ask("/api/mcp", { body: { jsonrpc: "2.0", ...message }, headers });
}

function decide(id: string) {
  return rig.ask(at(id, "/decision"), { body: { approved: true, planHash }, as: "approver" });
}

function decideKind(id: string) {
  return rig.ask(`/api/operations/${id}/decision`, { body: { approved: false, fingerprint }, as: "approver" });
}

/** What every route of a kind answers. */
const general: Record<number, Bring> = {
  200: ({ path }) => rig.ask(path),
  400: ({ path, told }) => rig.ask(`${path}?strange=1`, told),
  401: ({ path, told }) => rig.ask(path, { ...told, as: null }),
  403: ({ path, told }) => rig.ask(path, { ...told, as: told.as === "alerts" ? "requester" : "alerts" }),
  404: ({ path, told }) => rig.ask(path, told),
  413: ({ path, told }) => rig.ask(path, { ...told, body: "x".repeat(256 * 1024) }),
  415: ({ path, told }) => rig.ask(path, { ...told, headers: { "content-type": "text/plain" } }),
  500: ({ path, told }) => faulty.ask(path, told),
  501: ({ path, told }) => rig.ask(path, { ...told, headers: { "repeatability-request-id": randomUUID() } }),
  503: ({ path, told }) => blind.ask(path, told),
};

/** A request that the route would take, if there were a run of this id. */
function requestOf({ name, path, method, role }: Route): { path: string; told: Told } {
  const body = name === "decideRun" ? { approved: true, planHash: "0".repeat(64) } : {};
  const started =
    name === "startRuns"
      ? { vm: vmPath, mode: "diagnose" }
      : name === "startOperation"
        ? { vms: [vmPath], mode: "diagnose" }
        : name === "decideOperation"
          ? { approved: true, fingerprint: "0".repeat(64) }
          : body;
  const as = role === "ActionGroupsSecureWebhook" ? "alerts" : role === "Rdp.Approve" ? "approver" : "requester";
  return {
    path: name === "explainError" ? `${path}?code=0x904` : path.replace("{id}", randomUUID()),
    told: { method, as, ...(method === "POST" && { body: started }) },
  };
}

const promised = routes.flatMap((route) => {
  const { responses } = document.paths[route.path]?.[route.method.toLowerCase()] ?? { responses: {} };
  return Object.keys(responses).map((status) => ({ name: route.name, status: Number(status), route }));
});

describe("what the document promises comes", () => {
  test.each(promised)("$name: $status", async ({ name, status, route }) => {
    const bring = own[name]?.[status] ?? general[status];
    if (!bring) throw new Error("nothing here brings it about");
    expect((await bring(requestOf(route))).status).toBe(status);
  });
});
