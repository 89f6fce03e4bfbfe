import type { Run } from "../../core/run.ts";
import { type ApiResponse, json } from "../message.ts";
import type { Begun } from "../once.ts";
import { problemRefusal } from "../refusal.ts";
import type { ApiDeps, Call } from "../route.ts";
import { presentOperation, presentRun, retryAfterOf } from "../run-status.ts";

type AnyCall = Pick<Call<unknown, unknown>, "deps" | "base">;

/** 202 with the status monitor of the operation's one run. */
export async function acceptedRun(call: AnyCall, { operation, headers }: Begun): Promise<ApiResponse> {
  const run = await call.deps.engine.get(operation.id);
  return run.ok ? accepted(call, run.value, headers) : problemRefusal(run.problem);
}

/** 202 with the status monitor of a run that goes on, and where to find it. */
export function accepted({ base, deps }: AnyCall, run: Run, headers: Begun["headers"] = {}): ApiResponse {
  const location = { "operation-location": `${base}/api/runs/${run.id}` };
  return json(202, presentRun(run, deps.settings), { ...location, ...retryLater([run]), ...headers });
}

/** 202 with the status monitor of all runs of the operation. */
export async function acceptedOperation(call: AnyCall, { operation, headers }: Begun): Promise<ApiResponse> {
  const runs = await loadRuns(operation.runs, call.deps);
  const location = { "operation-location": `${call.base}/api/operations/${operation.id}` };
  return json(202, presentOperation(operation.id, runs), { ...location, ...retryLater(runs), ...headers });
}

export async function loadRuns(ids: readonly string[], { engine }: ApiDeps): Promise<(Run | null)[]> {
  const loaded = await Promise.all(ids.map((id) => engine.get(id)));
  return loaded.map((run) => (run.ok ? run.value : null));
}

export function retryLater(runs: readonly (Run | null)[]): Record<string, string> {
  const seconds = retryAfterOf(runs);
  return seconds ? { "retry-after": seconds } : {};
}
