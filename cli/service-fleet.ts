import { randomUUID } from "node:crypto";
import type { components } from "../lib/client/api-types.ts";
import type { ServiceClient } from "../lib/client/service-client.ts";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { formatVmId } from "../lib/core/vm-id.ts";
import type { OperationView } from "../lib/fleet/operation-view.ts";
import type { ResultRow } from "../lib/fleet/results.ts";
import type { Clock } from "../lib/runs/ports.ts";
import type { ScanRow } from "../lib/scan/scan-row.ts";
import type { FleetHistory, FleetPort, FleetRequest } from "./fleet-port.ts";
import { pollUntil } from "./poll.ts";

type Monitor = components["schemas"]["FleetOperation"];

/** Operations of a service, over its HTTP API. */
export function createServiceFleet(client: ServiceClient, clock: Clock): FleetPort {
  const { get } = createServiceFleetHistory(client);
  const controls = {
    pause: "/api/operations/{id}/pause",
    resume: "/api/operations/{id}/resume",
    cancel: "/api/operations/{id}/cancel",
  } as const;

  return {
    async start(request) {
      const params = { header: { "operation-id": randomUUID() } };
      return view(await client.ask((api) => api.POST("/api/operations", { params, body: bodyOf(request) })));
    },
    get,
    async signal(id, kind) {
      return view(await client.ask((api) => api.POST(controls[kind], { params: { path: { id } }, body: {} })));
    },
    async decide(id, { plan, approved }) {
      const found = await get(id);
      if (!found.ok) return found;
      const fingerprint = found.value.plans.find((one) => one.fingerprint.startsWith(plan))?.fingerprint;
      if (!fingerprint) {
        return fail("plan-changed", `No run of operation ${id} waits with a plan of the kind ${plan}. See fleet show.`);
      }
      const body = { approved, fingerprint };
      return view(
        await client.ask((api) => api.POST("/api/operations/{id}/decision", { params: { path: { id } }, body })),
      );
    },
    settled: (id, onNews, stopped) =>
      pollUntil({ read: () => get(id), isDone: ({ state }) => state === "ended", onNews, clock, stopped }),
    lockouts: (id, days) =>
      allOf<ScanRow>(async ($skip) => {
        const params = { path: { id }, query: { days, $skip } };
        return client.ask((api) => api.GET("/api/operations/{id}/lockouts", { params })) as Promise<
          Result<PageOf<ScanRow>>
        >;
      }),
  };
}

/** Operations that a service keeps. */
export function createServiceFleetHistory(client: ServiceClient): FleetHistory {
  return {
    async list(limit) {
      const page = await client.ask((api) => api.GET("/api/operations", { params: { query: { $top: limit } } }));
      return page.ok ? ok(page.value.value.map(operationIn)) : page;
    },
    async get(id) {
      const found = await client.ask((api) => api.GET("/api/operations/{id}", { params: { path: { id } } }));
      if (!found.ok) return found;
      if ("progress" in found.value) return ok(operationIn(found.value));
      return fail(
        "operation-not-found",
        `${id} is a request for several runs, and no operation: list its runs instead.`,
      );
    },
    rows: (id) =>
      allOf<ResultRow>(async ($skip) => {
        const params = { path: { id }, query: { $skip } };
        return client.ask((api) => api.GET("/api/operations/{id}/results", { params })) as Promise<
          Result<PageOf<ResultRow>>
        >;
      }),
  };
}

function view(answer: Result<Monitor>): Result<OperationView> {
  return answer.ok ? ok(operationIn(answer.value)) : answer;
}

/** The view without what only a status monitor has. */
function operationIn({ status: _, error: __, ...operation }: Monitor): OperationView {
  return operation as OperationView;
}

function bodyOf({ intent, policy, selection, options }: FleetRequest): components["schemas"]["StartOperationRequest"] {
  const { undoes: _, portSeenBy: __, port: ___, ...given } = options;
  return { mode: intent, policy, ...given, ...selected(selection) };
}

function selected(selection: FleetRequest["selection"]) {
  switch (selection.kind) {
    case "list":
      return { vms: selection.vms.map(formatVmId) };
    case "scope":
      return { scope: selection.scope, ...(selection.tag && { tag: selection.tag }) };
    case "query": {
      const subscriptions = [...selection.subscriptions];
      return { query: selection.query, ...(subscriptions.length > 0 && { subscriptions }) };
    }
  }
}

interface PageOf<Row> {
  value: Row[];
  nextLink?: string;
}

/** All rows, page by page. */
async function allOf<Row>(read: (skip: number) => Promise<Result<PageOf<Row>>>): Promise<Result<Row[]>> {
  const rows: Row[] = [];
  for (;;) {
    const page = await read(rows.length);
    if (!page.ok) return page;
    rows.push(...page.value.value);
    if (page.value.nextLink === undefined || page.value.value.length === 0) return ok(rows);
  }
}
