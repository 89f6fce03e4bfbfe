import type { Run } from "../../core/run.ts";
import { viewRun } from "../../run-view/view-run.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { StartedOperation } from "../idempotency.ts";
import type { ApiDeps, Call } from "../route.ts";
import { callersView, presentOperation, retryAfterOf } from "../run-status.ts";

type AnyCall = Pick<Call<unknown, unknown>, "deps" | "base">;

/** 202 with the status monitor of the operation's one run. */
export async function acceptedRunResponse(
  call: AnyCall,
  { operation, headers }: StartedOperation,
): Promise<ApiResponse> {
  const run = await call.deps.engine.get(operation.id);
  return run.ok ? acceptedResponse(call, run.value, headers) : problemResponse(run.problem);
}

/** 202 with the status monitor of an unfinished run and its URL. */
export function acceptedResponse(
  { base, deps }: AnyCall,
  run: Run,
  headers: StartedOperation["headers"] = {},
): ApiResponse {
  const location = { "operation-location": `${base}/api/runs/${run.id}` };
  return jsonResponse(202, viewRun(run, callersView(deps.settings)), {
    ...location,
    ...retryAfterHeader([run]),
    ...headers,
  });
}

/** 202 with the status monitor of all runs of the operation. */
export async function acceptedOperationResponse(
  call: AnyCall,
  { operation, headers }: StartedOperation,
): Promise<ApiResponse> {
  const runs = await loadRuns(operation.runs, call.deps);
  const location = { "operation-location": `${call.base}/api/operations/${operation.id}` };
  return jsonResponse(202, presentOperation(operation.id, runs), {
    ...location,
    ...retryAfterHeader(runs),
    ...headers,
  });
}

export async function loadRuns(ids: readonly string[], { engine }: ApiDeps): Promise<(Run | null)[]> {
  const loaded = await Promise.all(ids.map((id) => engine.get(id)));
  return loaded.map((run) => (run.ok ? run.value : null));
}

export function retryAfterHeader(runs: readonly (Run | null)[]): Record<string, string> {
  const seconds = retryAfterOf(runs);
  return seconds ? { "retry-after": seconds } : {};
}
