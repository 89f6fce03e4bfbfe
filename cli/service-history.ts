import type { ServiceClient } from "../lib/client/service-client.ts";
import { ok, type Result } from "../lib/core/problem.ts";
import type { Outcome, RunState } from "../lib/core/run.ts";
import { formatVmId } from "../lib/core/vm-id.ts";
import type { RunSummary } from "../lib/run-view/run-view.ts";
import type { History, HistoryQuery } from "./runs-port.ts";
import { readRunView } from "./service-runs.ts";

const pageSize = 100;
/** More pages are not read for one list: whoever looks for older runs names the VM, or a time. */
const mostPages = 20;

/** The runs that a service keeps, read page by page. */
export function createServiceHistory(client: ServiceClient): History {
  async function collect(
    { vm, state, outcome, since }: Omit<HistoryQuery, "limit">,
    wanted: (run: RunSummary) => boolean,
    limit: number,
  ): Promise<Result<{ runs: RunSummary[]; unreadable: string[]; hasMore: boolean }>> {
    const runs: RunSummary[] = [];
    const unreadable: string[] = [];
    let token: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const listed = await client.ask((api) =>
        api.GET("/api/runs", {
          params: {
            query: {
              ...(vm && { vm: formatVmId(vm) }),
              ...(state !== undefined && { state: [state as RunState] }),
              ...(outcome !== undefined && { outcome: [outcome as Outcome["kind"]] }),
              ...(since !== undefined && { since }),
              $top: pageSize,
              ...(token !== undefined && { $skipToken: token }),
            },
          },
        }),
      );
      if (!listed.ok) return listed;
      unreadable.push(...(listed.value.unreadable ?? []).map(({ id }) => id));
      for (const run of listed.value.value as RunSummary[]) {
        if (!wanted(run)) continue;
        if (runs.length === limit) return ok({ runs, unreadable, hasMore: true });
        runs.push(run);
      }
      const next = listed.value.nextLink;
      if (next === undefined) return ok({ runs, unreadable, hasMore: false });
      token = new URL(next).searchParams.get("$skipToken") ?? undefined;
    }
    return ok({ runs, unreadable, hasMore: true });
  }

  return {
    list: ({ limit, ...query }) => collect(query, () => true, limit),
    async idsWith(prefix, limit) {
      const found = await collect({}, ({ id }) => id.startsWith(prefix), limit);
      return found.ok ? ok(found.value.runs.map(({ id }) => id)) : found;
    },
    async get(runId) {
      const found = await client.ask((api) => api.GET("/api/runs/{id}", { params: { path: { id: runId } } }));
      return found.ok ? readRunView(found.value, client.url) : found;
    },
    report: (runId, format) =>
      client.ask((api) =>
        api.GET("/api/runs/{id}/report", {
          params: { path: { id: runId }, query: { format } },
          parseAs: "text",
        }),
      ) as Promise<Result<string>>,
    async supportBundle(runId, { redacts }) {
      const params = { path: { id: runId }, query: { redact: redacts ? ("true" as const) : ("false" as const) } };
      const bundle = await client.ask((api) =>
        api.GET("/api/runs/{id}/support-bundle", { params, parseAs: "arrayBuffer" }),
      );
      return bundle.ok ? ok(new Uint8Array(bundle.value as ArrayBuffer)) : bundle;
    },
  };
}
