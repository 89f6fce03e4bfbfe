import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  anotherOperationInProgress,
  authorizationFailed,
  extensionMarkedForDeletion,
  invalidParameter,
  invalidRequestContent,
  invalidSubscriptionId,
  missingApiVersion,
  notAuthenticated,
  resourceGroupNotFound,
  resourceNotFound,
  runCommandInProgress,
  serverError,
  subscriptionNotFound,
  tooManyRequests,
} from "./arm-error.ts";
import type { Azure } from "./azure.ts";
import type { Charge } from "./budget.ts";
import type { NextFault } from "./faults.ts";
import { findRoute } from "./find-route.ts";
import { groupsOf, subscriptionIds } from "./handlers/subscriptions.ts";
import type { Answer, HttpRequest, Reply } from "./http.ts";
import { scopeLockedReply } from "./locks.ts";
import type { Rights } from "./rights.ts";
import type { Match } from "./route.ts";
import type { Principal, Tokens } from "./sign-in/tokens.ts";

/** The record of one call of ARM, for tests and inspection. */
export interface Call {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** `null`: the call was rejected before its route was found, or the route needs no right. */
  readonly action: string | null;
  /** Name of the principal; `null`: the call was not authenticated. */
  readonly by: string | null;
  /** `null`: there was no response. */
  readonly status: number | null;
  /** The kind of fault that replaced Azure's answer. */
  readonly fault: string | null;
}

export interface Front {
  readonly azure: Azure;
  readonly tokens: Tokens;
  readonly rightsOf: (principal: Principal) => Rights;
  readonly nextFault: NextFault;
  readonly calls: Call[];
}

/** The data of a call that the stages find out. */
type Seen = { -readonly [Key in "action" | "by" | "fault"]: Call[Key] };

/** Answers one request as ARM. The stages are in ARM's order; each one rejects the request or passes it to the next. */
export async function answerArm(request: HttpRequest, front: Front): Promise<Answer> {
  const seen: Seen = { action: null, by: null, fault: null };
  const answer = await admit(request, front, seen);
  const { method, path } = request;
  const status = typeof answer === "string" ? null : answer.status;
  front.calls.push({ at: front.azure.now().toISOString(), method, path, ...seen, status });
  if (typeof answer === "string" || answer.isForeign) return answer;
  return { ...answer, headers: { ...requestIds(request, front), ...answer.headers } };
}

/** First stages: API version, authentication, route. */
async function admit(request: HttpRequest, front: Front, seen: Seen): Promise<Answer> {
  const { azure, tokens } = front;
  const apiVersion = request.query.get("api-version");
  if (!apiVersion) return missingApiVersion();
  const signedIn = await tokens.authenticate(request.headers.authorization);
  if ("refused" in signedIn) {
    return notAuthenticated(signedIn.code, signedIn.refused, `${azure.origin}/${azure.tenantId}`);
  }
  const { principal } = signedIn;
  seen.by = principal.name;
  const found = findRoute(request, apiVersion, azure);
  if ("refused" in found) return found.refused;
  seen.action = found.route.action;
  const refused = authorize(request, found, principal, front) ?? scopeLockedReply(request, found, azure);
  if (refused) return refused;
  const answer = await perform(request, { ...found, apiVersion }, principal, front, seen);
  const isOfSubscription = found.params.resourceGroup === undefined && request.method === "GET";
  return found.route.action !== null && isOfSubscription
    ? readableOnly(answer, front.rightsOf(principal), found.route.action)
    : answer;
}

/** Checks rights before existence, as ARM does; except for the subscription, which must exist first. */
function authorize(
  { method, path }: HttpRequest,
  { route, params }: Match,
  who: Principal,
  front: Front,
): Reply | null {
  const { azure, rightsOf } = front;
  const { subscription, resourceGroup } = params;
  if (subscription !== undefined) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subscription)) return invalidSubscriptionId(subscription);
    if (!subscriptionIds(azure).includes(subscription.toLowerCase())) return subscriptionNotFound(subscription);
  }
  // The scope of an action is the resource on which it acts.
  const scope = method === "POST" ? path.replace(/\/[^/]+$/, "") : path;
  if (route.action && !isAllowed(rightsOf(who), route.action, scope))
    return authorizationFailed(who, route.action, scope);
  if (resourceGroup === undefined) return null;
  const groups = groupsOf(azure, subscription ?? "").map(([name]) => name.toLowerCase());
  return groups.includes(resourceGroup.toLowerCase()) ? null : resourceGroupNotFound(resourceGroup);
}

/**
 * Lists of a subscription hold what may be read of it. The state of an operation stands below the subscription, and who
 * began it at a group may read it: that is how contributors of one group wait for their deployments.
 */
function isAllowed(rights: Rights, action: string, scope: string): boolean {
  const isList = /^\/subscriptions\/[^/]+\/providers\/[^/]+\/[^/]+\/?$/i.test(scope);
  const isOperation = /\/locations\/[^/]+\/(operations|operationResults)\/[^/]+$/i.test(scope);
  // Resource Graph asks for no right on a scope: it shows what may be read of each resource.
  if (/^\/providers\/Microsoft\.ResourceGraph$/i.test(scope)) return rights.useBelow(action, "/");
  if (!isList && !isOperation) return rights.use(action, scope);
  return rights.useBelow(action, scope.split("/").slice(0, 3).join("/"));
}

/** Leaves in a list what the caller may read. */
function readableOnly(answer: Answer, rights: Rights, action: string): Answer {
  if (typeof answer === "string") return answer;
  const List = z.object({ value: z.array(z.looseObject({ id: z.string() })) });
  const list = List.safeParse(answer.body);
  if (!list.success) return answer;
  return { ...answer, body: { ...list.data, value: list.data.value.filter(({ id }) => rights.use(action, id)) } };
}

/** Last stages: throttling, the body, the faults of the world, and the handler. */
async function perform(
  request: HttpRequest,
  { route, params, apiVersion }: Match & { apiVersion: string },
  principal: Principal,
  { azure, nextFault, rightsOf }: Front,
  seen: Seen,
): Promise<Answer> {
  const charge = chargeFor({ route, params }, principal, azure);
  if (charge.exceeded && azure.world.throttling) {
    return withHeaders(tooManyRequests(charge.exceeded.policy, charge.exceeded.retryAfterSeconds), charge);
  }
  const body = parseBody(request.body);
  if (!body.ok) return invalidRequestContent("the body is not JSON");
  const { path, query } = request;
  const rights = rightsOf(principal);
  const asked = { path, params, query, apiVersion, body: body.value, by: principal.name, mayRead: rights.use };
  const handle = async () => withHeaders(await route.handle(asked, azure), charge);

  const fault = route.action && nextFault(route.action, path);
  if (!fault) return handle();
  seen.fault = fault.kind;
  switch (fault.kind) {
    case "throttled":
      return tooManyRequests("SubscriptionMaximum", fault.retryAfterSeconds);
    case "busy":
      return anotherOperationInProgress();
    case "action-busy":
      return runCommandInProgress();
    case "extension-deleting":
      return extensionMarkedForDeletion(fault.extension);
    case "server-error":
      return serverError(fault.status);
    case "dropped":
      if (fault.carriedOut) await handle();
      return "dropped";
    case "silent":
      if (fault.carriedOut) await handle();
      return "silent";
    case "cut":
      return { ...(await handle()), isCut: true };
    case "refused":
      return refusal(fault.status, path, route.action ?? "", principal, azure);
    case "proxy":
      if (fault.carriedOut) await handle();
      return proxyReply(fault.status, fault.body);
    case "updating":
      return updating(await handle());
  }
}

function refusal(
  status: 400 | 401 | 403 | 404,
  path: string,
  action: string,
  who: Principal,
  { origin, tenantId }: Azure,
): Reply {
  switch (status) {
    case 400:
      return invalidParameter("The request is invalid.");
    case 401:
      return notAuthenticated(
        "ExpiredAuthenticationToken",
        "The access token expiry is in the past.",
        `${origin}/${tenantId}`,
      );
    case 403:
      return authorizationFailed(who, action, path);
    case 404:
      return resourceNotFound(path.split("/").slice(-4).join("/"), path.split("/")[4] ?? "");
  }
}

function proxyReply(status: number, body: "html" | "empty" | "empty-object"): Reply {
  if (body === "empty") return { status, isForeign: true };
  if (body === "empty-object") return { status, body: {}, isForeign: true };
  return {
    status,
    isForeign: true,
    text: "<html><body>Please sign in to the proxy.</body></html>",
    headers: { "content-type": "text/html" },
  };
}

/** The VM while another operation is in progress on it. */
function updating(reply: Reply): Reply {
  const { properties, ...body } = reply.body as { properties?: object };
  return { ...reply, body: { ...body, properties: { ...properties, provisioningState: "Updating" } } };
}

function chargeFor({ route, params }: Match, principal: Principal, azure: Azure): Charge {
  const { subscription = "tenant", resourceGroup, vm, operation } = params;
  const machine = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${vm}`;
  const about = vm ? machine.toLowerCase() : operation && azure.operations.find(operation)?.vm;
  return azure.budget.charge({
    method: route.method,
    subscription: subscription.toLowerCase(),
    principal: principal.name,
    ...(route.policy && { policy: route.policy }),
    ...(about && { vm: about }),
  });
}

function withHeaders(reply: Reply, { headers }: Charge): Reply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

function parseBody(text: string): { ok: true; value: unknown } | { ok: false } {
  if (text === "") return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function requestIds({ headers }: HttpRequest, { azure }: Front): Record<string, string> {
  const id = randomUUID();
  const client = headers["x-ms-client-request-id"];
  const echo = headers["x-ms-return-client-request-id"] === "true";
  const stamp = azure.now().toISOString().slice(0, 19).replace(/[-:]/g, "");
  return {
    "x-ms-request-id": id,
    "x-ms-correlation-request-id": headers["x-ms-correlation-request-id"] ?? id,
    "x-ms-routing-request-id": `SANDBOX:${stamp}Z:${id}`,
    ...(client && echo && { "x-ms-client-request-id": client }),
    "cache-control": "no-cache",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
  };
}
