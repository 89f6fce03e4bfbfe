import { RunView } from "../run-view/run-view.ts";
import { cancelRun, decideRun, undoRun } from "./handlers/decide-runs.ts";
import { getNetworkProposal } from "./handlers/get-network-proposal.ts";
import { getReport } from "./handlers/get-report.ts";
import { getSupportBundle } from "./handlers/get-support-bundle.ts";
import { getRun, listRuns } from "./handlers/read-runs.ts";
import { startRuns } from "./handlers/start-runs.ts";
import { Cancel, Decision, ListRuns, ReportForm, StartRuns, SupportBundle, Undo } from "./requests.ts";
import { NetworkFix, OperationMonitor, RunList } from "./responses.ts";
import { defineRoute, type Route } from "./route.ts";
import { monitorHeaders, onceHeaders, refused, unchanged } from "./route-answers.ts";

/** Routes of runs: start, list, read, decide, cancel, undo. */
export const runRoutes: readonly Route[] = [
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
];
