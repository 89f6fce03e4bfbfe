import { cancelRun, decideRun, undoRun } from "./handlers/decide-runs.ts";
import { getCatalogue, getHealth, getOpenApi } from "./handlers/describe-service.ts";
import { getNetworkProposal } from "./handlers/get-network-proposal.ts";
import { getOperation, getRun, listRuns } from "./handlers/read-runs.ts";
import { receiveAlert } from "./handlers/receive-alert.ts";
import { startRuns } from "./handlers/start-runs.ts";
import { AlertNotification, Cancel, Decision, ListRuns, StartRuns, Undo } from "./requests.ts";
import {
  AlertIntake,
  Catalogue,
  Health,
  NetworkFix,
  OpenApi,
  OperationMonitor,
  RunList,
  RunStatus,
} from "./responses.ts";
import { defineRoute, type ResponseDescription, type Route } from "./route.ts";

const monitorHeaders = ["operation-location", "retry-after"];
const onceHeaders = [...monitorHeaders, "repeatability-result"];
const unchanged: ResponseDescription = {
  description: "As the ETag in If-None-Match says.",
  headers: ["etag", "retry-after"],
};

function refused(description: string): ResponseDescription {
  return { description };
}

/** Every route once. Dispatch, the OpenAPI document and what serves the API are derived from this table. */
export const routes: readonly Route[] = [
  defineRoute({
    name: "startRuns",
    method: "POST",
    path: "/api/runs",
    summary:
      "Diagnose or repair one VM, several, or those that carry a tag. Repairing needs Rdp.Repair, and weakening Rdp.Weaken as well. For `vm` the answer is a run; for `vms` and `tag` it is an operation.",
    role: "Rdp.Read",
    body: StartRuns,
    once: true,
    answers: {
      202: {
        description: "Begun, or begun before by the same request.",
        schema: RunStatus.or(OperationMonitor),
        headers: onceHeaders,
      },
      404: refused("No VM carries the tag."),
    },
    handle: startRuns,
  }),
  defineRoute({
    name: "listRuns",
    method: "GET",
    path: "/api/runs",
    summary: "Runs, newest first, page by page.",
    role: "Rdp.Read",
    query: ListRuns,
    answers: { 200: { description: "One page; `nextLink` leads to the next.", schema: RunList } },
    handle: listRuns,
  }),
  defineRoute({
    name: "getRun",
    method: "GET",
    path: "/api/runs/{id}",
    summary: "A run's status monitor, with all that was found and done. Kept for as long as the service's store is.",
    role: "Rdp.Read",
    answers: {
      200: { description: "The run.", schema: RunStatus, headers: ["etag", "retry-after"] },
      304: unchanged,
    },
    handle: getRun,
  }),
  defineRoute({
    name: "getNetworkProposal",
    method: "GET",
    path: "/api/runs/{id}/network-proposal",
    summary:
      "The rules that would let in the sources that the network denies, for the pipeline of whoever owns it. It makes sure of them itself.",
    role: "Rdp.Read",
    answers: { 200: { description: "What is proposed, if anything.", schema: NetworkFix } },
    handle: getNetworkProposal,
  }),
  defineRoute({
    name: "decideRun",
    method: "POST",
    path: "/api/runs/{id}/decision",
    summary: "Approve or reject the plan that a run waits with. Nobody approves their own request.",
    role: "Rdp.Approve",
    body: Decision,
    answers: {
      202: { description: "Decided; an approved plan is applied now.", schema: RunStatus, headers: monitorHeaders },
      409: refused("No decision is awaited, or the plan is another."),
    },
    handle: decideRun,
  }),
  defineRoute({
    name: "cancelRun",
    method: "POST",
    path: "/api/runs/{id}/cancel",
    summary: "Call a run off before it changes anything, or have what it keeps relaxed restored now.",
    role: "Rdp.Repair",
    body: Cancel,
    answers: {
      202: { description: "Called off.", schema: RunStatus, headers: monitorHeaders },
      409: refused("It is too late: undo the run when it has ended."),
    },
    handle: cancelRun,
  }),
  defineRoute({
    name: "undoRun",
    method: "POST",
    path: "/api/runs/{id}/undo",
    summary:
      "Take back what a run changed, by a run of its own; a run that keeps a setting relaxed restores it by itself, now.",
    role: "Rdp.Repair",
    body: Undo,
    once: true,
    answers: {
      202: { description: "The run that takes back has begun.", schema: RunStatus, headers: onceHeaders },
      409: refused("The run has not ended, or changed nothing."),
    },
    handle: undoRun,
  }),
  defineRoute({
    name: "getOperation",
    method: "GET",
    path: "/api/operations/{id}",
    summary: "The status monitor of a request that started several runs.",
    role: "Rdp.Read",
    answers: {
      200: { description: "The operation.", schema: OperationMonitor, headers: ["etag", "retry-after"] },
      304: unchanged,
    },
    handle: getOperation,
  }),
  defineRoute({
    name: "receiveAlert",
    method: "POST",
    path: "/api/alerts",
    summary: "For action groups of Azure Monitor: a secure webhook with the common alert schema.",
    role: "ActionGroupsSecureWebhook",
    body: AlertNotification,
    answers: { 202: { description: "Taken; what was ignored says why.", schema: AlertIntake } },
    handle: receiveAlert,
  }),
  defineRoute({
    name: "getCatalogue",
    method: "GET",
    path: "/api/catalogue",
    summary: "Every check and every remediation.",
    role: "Rdp.Read",
    answers: { 200: { description: "The catalogue.", schema: Catalogue } },
    handle: getCatalogue,
  }),
  defineRoute({
    name: "getHealth",
    method: "GET",
    path: "/api/health",
    summary: "Whether the service answers.",
    role: null,
    answers: { 200: { description: "It does.", schema: Health } },
    handle: getHealth,
  }),
  defineRoute({
    name: "getOpenApi",
    method: "GET",
    path: "/api/openapi.json",
    summary: "This document.",
    role: null,
    answers: { 200: { description: "OpenAPI 3.1.", schema: OpenApi } },
    handle: getOpenApi,
  }),
];
