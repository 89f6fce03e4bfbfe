import { anonymous, type Caller } from "./caller.ts";
import { findRoute } from "./find-route.ts";
import type { ApiRequest, ApiResponse, Checked } from "./message.ts";
import { check, readJson, readQuery } from "./read-input.ts";
import { missingRole, refusal } from "./refusal.ts";
import type { ApiDeps, Route } from "./route.ts";
import { routes } from "./routes.ts";

export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** What every answer carries besides its own: nothing here is for shared caches, or for a browser to guess about. */
const commonHeaders = { "cache-control": "private, no-cache", "x-content-type-options": "nosniff" };

/** The whole HTTP API as one function, whatever serves it. Total: a surprise is told to `onSurprise` and answered with 500. */
export function createApi(deps: ApiDeps): Api {
  return async (request) => {
    const requestId = deps.newId();
    const answered = await answer(request, deps).catch((error: unknown) => {
      deps.onSurprise(error, requestId);
      return refusal(500, "Internal", `This should not have happened. Report it with the request id ${requestId}.`);
    });
    return { ...answered, headers: { ...commonHeaders, ...answered.headers, "x-ms-request-id": requestId } };
  };
}

async function answer(request: ApiRequest, deps: ApiDeps): Promise<ApiResponse> {
  const url = URL.parse(request.url);
  const found = url ? findRoute(routes, request.method, url.pathname) : { kind: "none" as const };
  if (!url || found.kind === "none") return refusal(404, "NotFound", "There is nothing at this address.");
  if (found.kind === "other-methods") {
    const allow = found.allow.join(", ");
    return refusal(405, "MethodNotAllowed", `Use ${allow} here.`, { headers: { allow } });
  }
  const { route, id } = found;
  const caller = await admit(route, request, deps);
  if (!caller.ok) return caller.response;
  const query = readQuery(route.query, url.searchParams);
  if (!query.ok) return query.response;
  const body = readBody(route, request);
  if (!body.ok) return body.response;
  return route.handle({
    route,
    routes,
    deps,
    caller: caller.value,
    id,
    query: query.value,
    body: body.value,
    headers: request.headers,
    base: deps.settings.publicUrl ?? url.origin,
  });
}

async function admit({ role }: Route, { headers }: ApiRequest, { authenticate }: ApiDeps): Promise<Checked<Caller>> {
  if (role === null) return { ok: true, value: anonymous };
  const signedIn = await authenticate(headers);
  if (!signedIn.ok || signedIn.value.roles.has(role)) return signedIn;
  return { ok: false, response: missingRole(role) };
}

function readBody({ body: schema }: Route, request: ApiRequest): Checked<unknown> {
  if (!schema) return { ok: true, value: undefined };
  const json = readJson(request);
  return json.ok ? check(schema, json.value, "body") : json;
}
