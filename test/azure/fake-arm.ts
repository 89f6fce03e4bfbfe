import { randomUUID } from "node:crypto";
import { createHttpHeaders, type HttpClient, type PipelineRequest } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { VmId } from "../../lib/core/vm-id.ts";

export const vm: VmId = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-app",
  name: "app-01",
};
const group = `/subscriptions/${vm.subscriptionId}/resourceGroups/rg-app/providers`;
export const vmPath = `${group}/Microsoft.Compute/virtualMachines/app-01`;
export const networkPath = `${group}/Microsoft.Network`;

export const credential: TokenCredential = {
  getToken: async () => ({ token: "test-token", expiresOnTimestamp: Date.now() + 3_600_000 }),
};

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | Error;

/** ARM's own error body. */
export function refusal(status: number, code: string, message: string, headers?: Record<string, string>): Answer {
  return { status, body: { error: { code, message } }, ...(headers ? { headers } : {}) };
}

export interface FakeArm extends HttpClient {
  readonly calls: PipelineRequest[];
  /** The routes that were never asked for, or not as often as there are answers. */
  unused(): string[];
}

/**
 * Stands where the network is. `routes` has one answer, or several in order, by method and path, e.g.
 * `GET /subscriptions/...?$expand=instanceView`; the api-version is left out. Any other call, and any call more,
 * throws.
 */
export function fakeArm(routes: Record<string, Answer | Answer[]>): FakeArm {
  const left = new Map(Object.entries(routes).map(([route, answers]) => [route, [answers].flat()]));
  const calls: PipelineRequest[] = [];
  return {
    calls,
    unused: () => [...left].filter(([, answers]) => answers.length > 0).map(([route]) => route),
    async sendRequest(request) {
      calls.push(request);
      const url = new URL(request.url);
      if (!url.searchParams.has("api-version")) throw new Error(`No api-version in ${request.url}`);
      url.searchParams.delete("api-version");
      const route = `${request.method} ${url.pathname}${decodeURIComponent(url.search)}`;
      const answer = left.get(route)?.shift();
      if (answer === undefined) throw new Error(`Unexpected call: ${route}`);
      if (answer instanceof Error) throw answer;
      const { status, body, headers } = answer;
      return {
        request,
        status,
        headers: createHttpHeaders({
          "content-type": "application/json; charset=utf-8",
          "x-ms-correlation-request-id": randomUUID(),
          ...headers,
        }),
        bodyAsText: typeof body === "string" || body === undefined ? (body ?? "") : JSON.stringify(body),
      };
    },
  };
}
