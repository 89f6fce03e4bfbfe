import { ErrorExplanation } from "../error-codes/explanation.ts";
import { RunView } from "../run-view/run-view.ts";
import { controlOperation, decideOperation } from "./handlers/control-operations.ts";
import { cancelRun, decideRun, undoRun } from "./handlers/decide-runs.ts";
import { getCaller, getCatalogue, getHealth, getOpenApi, getProtectedResource } from "./handlers/describe-service.ts";
import { explainClientError } from "./handlers/explain-client-error.ts";
import { getNetworkProposal } from "./handlers/get-network-proposal.ts";
import { getReport } from "./handlers/get-report.ts";
import { getSupportBundle } from "./handlers/get-support-bundle.ts";
import {
  getOperationFile,
  getOperationLockouts,
  getOperationResults,
  listOperations,
} from "./handlers/read-operations.ts";
import { getOperation, getRun, listRuns } from "./handlers/read-runs.ts";
import { receiveAlert } from "./handlers/receive-alert.ts";
import { receiveMcp } from "./handlers/receive-mcp.ts";
import { startOperation } from "./handlers/start-operation.ts";
import { startRuns } from "./handlers/start-runs.ts";
import { mcpPath, metadataPath } from "./protected-resource.ts";
import {
  AlertNotification,
  Cancel,
  Decision,
  ExplainError,
  ListOperations,
  ListRuns,
  McpMessage,
  OperationLockouts,
  OperationResults,
  PlanDecision,
  ReportForm,
  StartOperation,
  StartRuns,
  SupportBundle,
  Undo,
} from "./requests.ts";
import {
  AlertIntake,
  CallerView,
  Catalogue,
  FleetList,
  FleetLockouts,
  FleetMonitor,
  FleetResults,
  Health,
  NetworkFix,
  OpenApi,
  OperationMonitor,
  ProtectedResource,
  RunList,
} from "./responses.ts";
import { defineRoute, type ResponseDescription, type Route } from "./route.ts";

const monitorHeaders = ["operation-location", "retry-after"];
const onceHeaders = [...monitorHeaders, "repeatability-result"];
const unchanged: ResponseDescription = {
  description: "Not modified: the ETag in If-None-Match is still valid.",
  headers: ["etag", "retry-after"],
};

const controls = {
  pause: "Start no further VM of an operation for now; what is at work goes on.",
  resume: "Go on with a paused operation.",
  cancel: "End an operation: no further VM starts, and runs that have changed nothing yet are cancelled.",
} as const;

function refused(description: string): ResponseDescription {
  return { description };
}

/** Every route once. Dispatch, the OpenAPI document and what serves the API are derived from this table. */
export const routes: readonly Route[] = [
  defineRoute({
    name: "startRuns",
    method: "POST",
    path: "/api/runs",
    tag: "Runs",
    summary:
      "Diagnose or repair one VM, several VMs, or all VMs with a tag. A repair needs Rdp.Repair; a weakening also needs Rdp.Weaken, and `requestAccess` also needs Rdp.OpenNetwork. `vm` returns a run; `vms` and `tag` return an operation.",
    role: "Rdp.Read",
    body: StartRuns,
    once: true,
    answers: {
      202: {
        description: "Started now, or started earlier by the same request.",
        schema: RunView.or(OperationMonitor),
        headers: onceHeaders,
      },
      404: refused("No VM carries the tag."),
      429: { description: "The caller's budget of this hour is used up.", headers: ["retry-after"] },
    },
    handle: startRuns,
  }),
  defineRoute({
    name: "listRuns",
    method: "GET",
    path: "/api/runs",
    tag: "Runs",
    summary: "List runs, newest first, in pages.",
    role: "Rdp.Read",
    query: ListRuns,
    answers: {
      200: { description: "One page. `nextLink` is the URL of the next one.", schema: RunList, headers: ["etag"] },
      304: { description: unchanged.description, headers: ["etag"] },
    },
    handle: listRuns,
  }),
  defineRoute({
    name: "getRun",
    method: "GET",
    path: "/api/runs/{id}",
    tag: "Runs",
    summary: "The status monitor of a run, with its findings and changes.",
    role: "Rdp.Read",
    answers: {
      200: { description: "The run.", schema: RunView, headers: ["etag", "retry-after"] },
      304: unchanged,
    },
    handle: getRun,
  }),
  defineRoute({
    name: "getNetworkProposal",
    method: "GET",
    path: "/api/runs/{id}/network-proposal",
    tag: "Runs",
    summary:
      "The proposed rules that would allow denied sources, for the pipeline of the network owner, which validates them again.",
    role: "Rdp.Read",
    answers: { 200: { description: "The proposals; the list may be empty.", schema: NetworkFix } },
    handle: getNetworkProposal,
  }),
  defineRoute({
    name: "getReport",
    method: "GET",
    path: "/api/runs/{id}/report",
    tag: "Runs",
    summary:
      "A run as one self-contained HTML page, or as Markdown, to read or to attach to a ticket. It holds names and addresses.",
    role: "Rdp.Read",
    query: ReportForm,
    answers: {
      200: {
        description: "The report.",
        file: ["text/html", "text/markdown"],
        headers: ["content-disposition", "content-security-policy"],
      },
    },
    handle: getReport,
  }),
  defineRoute({
    name: "getSupportBundle",
    method: "GET",
    path: "/api/runs/{id}/support-bundle",
    tag: "Runs",
    summary: "Everything about a run for a support case, as a zip file: redacted, unless the query says otherwise.",
    role: "Rdp.Read",
    query: SupportBundle,
    answers: {
      200: { description: "The zip file.", file: "application/zip", headers: ["content-disposition"] },
    },
    handle: getSupportBundle,
  }),
  defineRoute({
    name: "decideRun",
    method: "POST",
    path: "/api/runs/{id}/decision",
    tag: "Runs",
    summary: "Approve or reject the plan that a run waits with. Nobody approves their own request.",
    role: "Rdp.Approve",
    body: Decision,
    answers: {
      202: {
        description: "The decision is stored. An approved plan is applied now.",
        schema: RunView,
        headers: monitorHeaders,
      },
      409: refused("No decision is awaited, or the plan is another."),
    },
    handle: decideRun,
  }),
  defineRoute({
    name: "cancelRun",
    method: "POST",
    path: "/api/runs/{id}/cancel",
    tag: "Runs",
    summary: "Cancel a run before it changes anything, or restore a temporarily weakened setting now.",
    role: "Rdp.Repair",
    body: Cancel,
    answers: {
      202: { description: "Cancelled.", schema: RunView, headers: monitorHeaders },
      409: refused("It is too late: undo the run when it has ended."),
    },
    handle: cancelRun,
  }),
  defineRoute({
    name: "undoRun",
    method: "POST",
    path: "/api/runs/{id}/undo",
    tag: "Runs",
    summary: "Undo the changes of a run with a new run. A run that keeps a setting weakened restores it itself, now.",
    role: "Rdp.Repair",
    body: Undo,
    once: true,
    answers: {
      202: { description: "The undo has started.", schema: RunView, headers: onceHeaders },
      409: refused("The run has not ended, or changed nothing."),
    },
    handle: undoRun,
  }),
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
  defineRoute({
    name: "receiveAlert",
    method: "POST",
    path: "/api/alerts",
    tag: "Alerts",
    summary: "For action groups of Azure Monitor: receives alerts in the common alert schema from a secure webhook.",
    role: "ActionGroupsSecureWebhook",
    body: AlertNotification,
    answers: { 202: { description: "Accepted. For each ignored VM or alert the body says why.", schema: AlertIntake } },
    handle: receiveAlert,
  }),
  defineRoute({
    name: "receiveMcp",
    method: "POST",
    path: mcpPath,
    tag: "Agents",
    summary:
      "The Model Context Protocol (streamable HTTP, without sessions): tools that explain, diagnose, read runs and propose repairs with the caller's own rights. No tool approves a plan.",
    role: "Rdp.Read",
    body: McpMessage,
    answers: {
      200: { description: "The response of JSON-RPC, in which a tool's failure is a result.", schema: McpMessage },
      202: refused("A notification was taken in."),
    },
    handle: receiveMcp,
  }),
  defineRoute({
    name: "getProtectedResource",
    method: "GET",
    path: metadataPath,
    tag: "Agents",
    summary: "Where a client of the Model Context Protocol signs its user in (RFC 9728).",
    role: null,
    answers: {
      200: { description: "The metadata.", schema: ProtectedResource },
      404: refused("The service needs no sign-in."),
    },
    handle: getProtectedResource,
  }),
  defineRoute({
    name: "getCaller",
    method: "GET",
    path: "/api/me",
    tag: "Reference",
    summary: "Who calls, as the service sees it, and with which roles.",
    role: "Rdp.Read",
    answers: { 200: { description: "The caller.", schema: CallerView } },
    handle: getCaller,
  }),
  defineRoute({
    name: "getCatalogue",
    method: "GET",
    path: "/api/catalogue",
    tag: "Reference",
    summary: "Every check and every remediation.",
    role: "Rdp.Read",
    answers: { 200: { description: "The catalogue.", schema: Catalogue } },
    handle: getCatalogue,
  }),
  defineRoute({
    name: "explainError",
    method: "GET",
    path: "/api/explain",
    tag: "Reference",
    summary:
      "What an error of a Remote Desktop client means: its names, what it proves, and its likely causes with the checks that decide them.",
    role: "Rdp.Read",
    query: ExplainError,
    answers: {
      200: { description: "`known` is false when no part of it is known.", schema: ErrorExplanation },
    },
    handle: explainClientError,
  }),
  defineRoute({
    name: "getHealth",
    method: "GET",
    path: "/api/health",
    tag: "Reference",
    summary: "Whether the service works: its store, the keys of tokens, Azure Resource Manager, the queue of work.",
    role: null,
    answers: {
      200: { description: "It can.", schema: Health },
      503: { description: "It cannot; the message names what is broken.", headers: ["retry-after"] },
    },
    handle: getHealth,
  }),
  defineRoute({
    name: "getOpenApi",
    method: "GET",
    path: "/api/openapi.json",
    tag: "Reference",
    summary: "This document.",
    role: null,
    answers: { 200: { description: "OpenAPI 3.1.", schema: OpenApi } },
    handle: getOpenApi,
  }),
];
