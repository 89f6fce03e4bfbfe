import type { ApiRequest, ApiResponse, CheckedInput } from "./api-message.ts";
import { anonymousCaller, type Caller } from "./caller.ts";
import { errorResponse, missingRoleResponse, problemResponse } from "./error-response.ts";
import { createExpiringCache, digestOf, type ExpiringCache } from "./expiring-cache.ts";
import { findRoute } from "./find-route.ts";
import { withMetadata } from "./protected-resource.ts";
import { checkInput, readJson, readQuery } from "./read-input.ts";
import type { ApiDeps, Route } from "./route.ts";
import { routes } from "./routes.ts";

export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** Headers of every response: no shared caching, no content sniffing. */
const commonHeaders = { "cache-control": "private, no-cache", "x-content-type-options": "nosniff" };

/** Cache of responses to identical requests: Azure Monitor may deliver an alert up to six times, byte for byte. */
const mostLasting = 256;
const lastingMs = 60 * 60_000;

/**
 * The whole HTTP API as one function, independent of the server. Total: an unexpected error goes to `onSurprise` and is
 * answered with 500.
 */
export function createApi(deps: ApiDeps): Api {
  const lasting = createExpiringCache<ApiResponse>(() => new Date(), mostLasting, lastingMs);
  return async function api(request) {
    const requestId = deps.newId();
    const { status, headers, body } = await answer(request, { deps, lasting, api }).catch((error: unknown) => {
      deps.onSurprise(error, requestId);
      const problem = deps.explain?.(error);
      if (problem) return problemResponse(problem);
      return errorResponse(500, "Internal", `Internal error. Report it with the request id ${requestId}.`);
    });
    return { status, headers: { ...commonHeaders, ...headers, "x-ms-request-id": requestId }, body };
  };
}

interface Within {
  readonly deps: ApiDeps;
  readonly lasting: ExpiringCache<ApiResponse>;
  readonly api: Api;
}

async function answer(request: ApiRequest, { deps, lasting, api }: Within): Promise<ApiResponse> {
  const page = deps.page?.(request);
  if (page) return page;
  const url = URL.parse(request.url);
  const found = url ? findRoute(routes, request.method, url.pathname) : { kind: "none" as const };
  if (!url || found.kind === "none")
    return errorResponse(404, "NotFound", "No route has this path. GET /api/openapi.json lists all routes.");
  if (found.kind === "other-methods") {
    const allow = found.allow.join(", ");
    return errorResponse(405, "MethodNotAllowed", `Use ${allow} here.`, { headers: { allow } });
  }
  const { route, id } = found;
  const base = deps.settings.publicUrl ?? url.origin;
  const caller = await admit(route, request, deps);
  if (!caller.ok) return withMetadata(caller.response, url.pathname, base);
  if (repeatsInVain(route, request)) {
    const message = "Remove Repeatability-Request-ID: this request is idempotent without it.";
    return errorResponse(501, "NotSupported", message);
  }
  const query = readQuery(route.query, url.searchParams);
  if (!query.ok) return query.response;
  const asked = [url.pathname, caller.value.objectId, request.headers["content-type"], digestOf(request.body)].join(
    "\n",
  );
  const known = lasting.get(asked);
  if (known) return known;
  const body = readBody(route, request);
  if (!body.ok) return body.response;
  const answered = await route.handle({
    route,
    routes,
    deps,
    caller: caller.value,
    id,
    query: query.value,
    body: body.value,
    headers: request.headers,
    base,
    api,
  });
  if (answered.lasting) lasting.set(asked, answered, Number.POSITIVE_INFINITY);
  return answered;
}

async function admit(
  { role }: Route,
  { headers }: ApiRequest,
  { authenticate }: ApiDeps,
): Promise<CheckedInput<Caller>> {
  if (role === null) return { ok: true, value: anonymousCaller };
  const signedIn = await authenticate(headers);
  if (!signedIn.ok || signedIn.value.roles.has(role)) return signedIn;
  return { ok: false, response: missingRoleResponse(role) };
}

/** A client that relies on this header must not find it ignored (Azure REST API guidelines). */
function repeatsInVain({ body, once }: Route, { headers }: ApiRequest): boolean {
  return body !== undefined && !once && headers["repeatability-request-id"] !== undefined;
}

function readBody({ body: schema }: Route, request: ApiRequest): CheckedInput<unknown> {
  if (!schema) return { ok: true, value: undefined };
  const json = readJson(request);
  return json.ok ? checkInput(schema, json.value, "body") : json;
}
