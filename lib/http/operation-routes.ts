import { controlOperation, decideOperation } from "./handlers/control-operations.ts";
import {
  getOperationFile,
  getOperationLockouts,
  getOperationResults,
  listOperations,
} from "./handlers/read-operations.ts";
import { getOperation } from "./handlers/read-runs.ts";
import { startOperation } from "./handlers/start-operation.ts";
import {
  Cancel,
  ListOperations,
  OperationLockouts,
  OperationResults,
  PlanDecision,
  StartOperation,
} from "./requests.ts";
import { FleetList, FleetLockouts, FleetMonitor, FleetResults, OperationMonitor } from "./responses.ts";
import { defineRoute, type Route } from "./route.ts";
import { monitorHeaders, onceHeaders, refused, unchanged } from "./route-answers.ts";

const controls = {
  pause: "Start no further VM of an operation for now; what is at work goes on.",
  resume: "Go on with a paused operation.",
  cancel: "End an operation: no further VM starts, and runs that have changed nothing yet are cancelled.",
} as const;

/** Routes of operations over many VMs. */
export const operationRoutes: readonly Route[] = [
  defineRoute({
    name: "getOperation",
    method: "GET",
    path: "/api/operations/{id}",
    tag: "Operations",
    summary: "The status monitor of an operation: of one over many VMs, or of a request that started several runs.",
    role: "Rdp.Read",
    answers: {
      200: {
        description: "The operation.",
        schema: FleetMonitor.or(OperationMonitor),
        headers: ["etag", "retry-after"],
      },
      304: unchanged,
    },
    handle: getOperation,
  }),
  defineRoute({
    name: "startOperation",
    method: "POST",
    path: "/api/operations",
    tag: "Operations",
    summary:
      "Diagnose or repair many VMs as one operation: a canary first, then waves, with a circuit breaker. A repair needs Rdp.Repair, as for single runs.",
    role: "Rdp.Read",
    body: StartOperation,
    once: true,
    answers: {
      202: {
        description: "Started now, or started earlier by the same request.",
        schema: FleetMonitor,
        headers: onceHeaders,
      },
      404: refused("The selection has no VM."),
      429: { description: "The caller's budget of this hour is used up.", headers: ["retry-after"] },
    },
    handle: startOperation,
  }),
  defineRoute({
    name: "listOperations",
    method: "GET",
    path: "/api/operations",
    tag: "Operations",
    summary: "List operations over many VMs, newest first, in pages.",
    role: "Rdp.Read",
    query: ListOperations,
    answers: { 200: { description: "One page. `nextLink` is the URL of the next one.", schema: FleetList } },
    handle: listOperations,
  }),
  defineRoute({
    name: "getOperationResults",
    method: "GET",
    path: "/api/operations/{id}/results",
    tag: "Operations",
    summary: "What became of each VM of an operation, in pages.",
    role: "Rdp.Read",
    query: OperationResults,
    answers: { 200: { description: "One page. `nextLink` is the URL of the next one.", schema: FleetResults } },
    handle: getOperationResults,
  }),
  defineRoute({
    name: "getOperationLockouts",
    method: "GET",
    path: "/api/operations/{id}/lockouts",
    tag: "Operations",
    summary: "What is broken now and what will lock people out of each VM of an operation, in pages.",
    role: "Rdp.Read",
    query: OperationLockouts,
    answers: { 200: { description: "One page. `nextLink` is the URL of the next one.", schema: FleetLockouts } },
    handle: getOperationLockouts,
  }),
  defineRoute({
    name: "getOperationTable",
    method: "GET",
    path: "/api/operations/{id}/results.csv",
    tag: "Operations",
    summary: "What became of each VM of an operation, as CSV.",
    role: "Rdp.Read",
    answers: { 200: { description: "The file.", file: "text/csv", headers: ["content-disposition"] } },
    handle: getOperationFile("csv"),
  }),
  defineRoute({
    name: "getOperationReport",
    method: "GET",
    path: "/api/operations/{id}/report",
    tag: "Operations",
    summary: "An operation and what became of each VM, as one self-contained HTML page.",
    role: "Rdp.Read",
    answers: {
      200: {
        description: "The page.",
        file: "text/html",
        headers: ["content-disposition", "content-security-policy"],
      },
    },
    handle: getOperationFile("html"),
  }),
  ...(["pause", "resume", "cancel"] as const).map((kind) =>
    defineRoute({
      name: `${kind}Operation`,
      method: "POST",
      path: `/api/operations/{id}/${kind}`,
      tag: "Operations",
      summary: controls[kind],
      role: "Rdp.Read",
      body: Cancel,
      answers: {
        202: { description: "The operation.", schema: FleetMonitor, headers: monitorHeaders },
        409: refused("The operation is in another state."),
      },
      handle: controlOperation(kind),
    }),
  ),
  defineRoute({
    name: "decideOperation",
    method: "POST",
    path: "/api/operations/{id}/decision",
    tag: "Operations",
    summary:
      "Approve or reject all plans of one kind in an operation. A plan that asks for more than its risk still waits for a decision of its own.",
    role: "Rdp.Approve",
    body: PlanDecision,
    answers: {
      202: { description: "The decision is stored.", schema: FleetMonitor, headers: monitorHeaders },
      409: refused("No run waits with a plan of this kind."),
    },
    handle: decideOperation,
  }),
];
