import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from "@azure/functions";
import type { ApiRequest } from "../lib/http/message.ts";
import { routes } from "../lib/http/routes.ts";
import { durableClient, serviceOf } from "./service.ts";

/** What the host puts before every route (host.json). */
const prefix = "/api/";

/** Anonymous as far as the platform goes: keys name nobody, so the API checks access tokens itself. */
const common = { authLevel: "anonymous", extraInputs: [durableClient], handler: handleHttp } as const;

/** One function for each row of the routes table; all of them hand the request to the same API. */
export function registerHttp(): void {
  for (const { name, method, path } of routes) {
    app.http(name, { ...common, methods: [method], route: path.slice(prefix.length) });
  }
  const methods: HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
  // Wrong paths and methods get the API's own refusal instead of the host's empty one.
  app.http("anythingElse", { ...common, methods, route: "{*path}" });
}

export async function handleHttp(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  const { api } = await serviceOf(context);
  return api(await toApiRequest(request));
}

export async function toApiRequest(request: HttpRequest): Promise<ApiRequest> {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries([...request.headers].map(([name, value]) => [name.toLowerCase(), value])),
    body: new Uint8Array(await request.arrayBuffer()),
  };
}
