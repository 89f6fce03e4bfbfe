import { hash } from "node:crypto";
import type { z } from "zod";
import type { Run } from "../../core/run.ts";
import { timeAgo } from "../../core/time-ago.ts";
import { parseVmId, vmKey } from "../../core/vm-id.ts";
import { summarizeRun } from "../../run-view/summarize-run.ts";
import { viewRun } from "../../run-view/view-run.ts";
import type { RunService } from "../../runs/intake/service.ts";
import { mayRead, readableRun } from "../access.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { errorResponse, problemResponse } from "../error-response.ts";
import type { ListRuns } from "../requests.ts";
import type { Call } from "../route.ts";
import { callersView, presentOperation } from "../run-status.ts";
import { loadRuns, retryAfterHeader } from "./accepted-response.ts";
import { monitorResponse, readableOperation } from "./operation-monitor.ts";

/** One page of the runs that fit, newest first. */
export async function listRuns(call: Call<z.infer<typeof ListRuns>, undefined>): Promise<ApiResponse> {
  const { query, deps, base } = call;
  const { vm, state, outcome, trigger, mode, since, $top, $skipToken } = query;
  const named = vm === undefined ? null : parseVmId(vm);
  if (named && !named.ok) return problemResponse(named.problem);
  // The next pages begin where the first one did.
  const from = since && (timeAgo(since, deps.now?.() ?? new Date()) ?? new Date(since).toISOString());
  const { runs, next, unreadable } = await deps.engine.list({
    ...(named && { vmKey: vmKey(named.value) }),
    ...(state && { states: state }),
    ...(outcome && { outcomes: outcome }),
    ...(trigger && { triggers: trigger }),
    ...(mode && { intents: mode }),
    ...(from && { createdSince: from }),
    ...($skipToken && { after: Buffer.from($skipToken, "base64url").toString("utf8") }),
    limit: $top,
  });
  // A page with runs of others is shorter, as is one for which the store has looked at enough; its link leads on all the same.
  const readable = runs.filter((run) => mayRead(call, run));
  const page = {
    value: readable.map(summarizeRun),
    ...(unreadable && { unreadable: unreadable.map(({ id, because }) => ({ id, because })) }),
  };
  if (next === null) return unlessSeen(call, jsonResponse(200, page));
  const link = new URL(`${base}/api/runs`);
  const kept = { ...query, since: from, $skipToken: Buffer.from(next).toString("base64url") };
  // A list is written with commas.
  for (const [name, value] of Object.entries(kept)) if (value) link.searchParams.set(name, String(value));
  return unlessSeen(call, jsonResponse(200, { ...page, nextLink: link.href }));
}

/** The run that has undone this one. Only changes can be undone, and only after the end. */
export async function undoOf(run: Run, service: Pick<RunService, "undoneBy">): Promise<Run | null> {
  const mayBeUndone = run.state === "ended" && run.receipts.some(({ changed }) => changed);
  return mayBeUndone ? await service.undoneBy(run, false) : null;
}

/** The status monitor of a run; 304 when the client has the current version. */
export async function getRun(call: Call<undefined, undefined>): Promise<ApiResponse> {
  const run = await readableRun(call, call.id);
  if (!run.ok) return problemResponse(run.problem);
  const { settings, service } = call.deps;
  const view = viewRun(run.value, callersView(settings), await undoOf(run.value, service));
  return unlessSeen(call, jsonResponse(200, view, retryAfterHeader([run.value])));
}

/** The status monitor of an operation over many VMs, or of a request that started several runs at once. */
export async function getOperation(call: Call<undefined, undefined>): Promise<ApiResponse> {
  const fleet = await readableOperation(call);
  if (fleet.ok) return unlessSeen(call, monitorResponse(200, fleet.value));
  const anchor = await readableRun(call, call.id);
  const operation = anchor.ok ? anchor.value.operation : null;
  if (operation?.id !== call.id)
    return errorResponse(404, "OperationNotFound", `There is no operation with the id ${call.id}.`);
  const loaded = await loadRuns(operation.runs, call.deps);
  const runs = loaded.map((run) => (run && mayRead(call, run) ? run : null));
  return unlessSeen(call, jsonResponse(200, presentOperation(call.id, runs), retryAfterHeader(runs)));
}

/** Adds the ETag, and leaves the body out when `If-None-Match` names it. */
function unlessSeen({ headers }: Call<unknown, unknown>, answer: ApiResponse): ApiResponse {
  const etag = `"${hash("sha256", answer.body, "base64url")}"`;
  const seen = (headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (!seen.includes(etag) && !seen.includes("*")) return { ...answer, headers: { ...answer.headers, etag } };
  const { "content-type": _, ...others } = answer.headers;
  return { status: 304, headers: { ...others, etag }, body: "" };
}
