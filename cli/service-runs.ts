import { randomUUID } from "node:crypto";
import type { components } from "../lib/client/api-types.ts";
import type { ServiceClient } from "../lib/client/service-client.ts";
import { fail, ok, type Result } from "../lib/core/problem.ts";
import { formatVmId } from "../lib/core/vm-id.ts";
import { RunView } from "../lib/run-view/run-view.ts";
import type { Clock } from "../lib/runs/ports.ts";
import { pollUntil } from "./poll.ts";
import type { RunsPort, StartRequest } from "./runs-port.ts";

/** The runs of a service, over its HTTP API. `onNews` gets every state of a run that is read while it is awaited. */
export function createServiceRuns(client: ServiceClient, clock: Clock, onNews: (run: RunView) => void): RunsPort {
  async function get(runId: string): Promise<Result<RunView>> {
    const found = await client.ask((api) => api.GET("/api/runs/{id}", { params: { path: { id: runId } } }));
    return found.ok ? readRunView(found.value, client.url) : found;
  }

  return {
    async start(request) {
      // The caller chooses the run's id, so a request that is repeated after a lost answer starts no second run.
      const params = { header: { "operation-id": randomUUID() } };
      const started = await client.ask((api) => api.POST("/api/runs", { params, body: bodyOf(request) }));
      if (!started.ok) return started;
      return "mode" in started.value
        ? readRunView(started.value, client.url)
        : fail("internal", "The service has started an operation instead of a run.");
    },
    get,
    async decide(runId, { approved, planHash, reason }) {
      // A part of a hash is none, for the API: it would say so in its own words, before it looks at the plan.
      if (!/^[0-9a-f]{64}$/.test(planHash)) {
        return fail(
          "plan-changed",
          `${planHash} is not the hash of the plan that run ${runId} waits with. Read the plan again, then decide about its hash.`,
        );
      }
      const body = { approved, planHash, ...(reason === undefined ? {} : { reason }) };
      const decided = await client.ask((api) =>
        api.POST("/api/runs/{id}/decision", { params: { path: { id: runId } }, body }),
      );
      return decided.ok ? readRunView(decided.value, client.url) : decided;
    },
    async cancel(runId) {
      const cancelled = await client.ask((api) =>
        api.POST("/api/runs/{id}/cancel", { params: { path: { id: runId } }, body: {} }),
      );
      return cancelled.ok ? readRunView(cancelled.value, client.url) : cancelled;
    },
    async undo(runId, { force }) {
      const params = { path: { id: runId }, header: { "operation-id": randomUUID() } };
      const begun = await client.ask((api) => api.POST("/api/runs/{id}/undo", { params, body: { force } }));
      return begun.ok ? readRunView(begun.value, client.url) : begun;
    },
    settled: (runId, stopped) =>
      pollUntil({ read: () => get(runId), isDone: isAtRest, onNews, clock, ...(stopped && { stopped }) }),
  };
}

/** Nothing more can be done without a person. */
function isAtRest({ state }: RunView): boolean {
  return state === "ended" || state === "awaiting-approval" || state === "weakened";
}

function bodyOf({ vm, intent, options }: StartRequest): components["schemas"]["StartRunsRequest"] {
  const { undoes: _, portSeenBy: __, ...given } = options;
  return { vm: formatVmId(vm), mode: intent, ...given };
}

const required = Object.entries(RunView.shape)
  .filter(([, field]) => !field.safeParse(undefined).success)
  .map(([name]) => name);

/** A run of the service. One of another version may lack what is shown here; what it has besides is left as it is. */
export function readRunView(answer: components["schemas"]["Run"], url: string): Result<RunView> {
  const missing = required.filter((name) => !(name in answer));
  if (missing.length === 0) return ok(answer as RunView);
  return fail(
    "service-unavailable",
    `The service at ${url} is of another version: its run lacks ${missing.join(", ")}. Update the service, or use the program of its version.`,
  );
}
