import { randomUUID } from "node:crypto";
import {
  anotherOperationInProgress,
  authorizationFailed,
  invalidApiVersion,
  invalidRequestContent,
  invalidResourceNamespace,
  invalidResourceType,
  invalidSubscriptionId,
  methodNotAllowed,
  missingApiVersion,
  noRegisteredProvider,
  notAuthenticated,
  notFound,
  resourceGroupNotFound,
  serverError,
  subscriptionNotFound,
  tooManyRequests,
} from "./arm-error.ts";
import type { Azure } from "./azure.ts";
import type { Charge } from "./budget.ts";
import type { Entra, Principal } from "./entra.ts";
import type { NextFault } from "./faults.ts";
import { groupsOf, subscriptionIds } from "./handlers/subscriptions.ts";
import type { HttpRequest, Reply } from "./http.ts";
import type { Rights } from "./rights.ts";
import { type Match, matchPath } from "./route.ts";
import { routes } from "./routes.ts";

/** One call of ARM, as a test or a curious person wants to see it. */
export interface Call {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** `null`: refused before ARM knew what it was, or an action that needs no right. */
  readonly action: string | null;
  readonly by: string | null;
  /** `null`: the connection was dropped. */
  readonly status: number | null;
  /** The fault of the world that answered in place of Azure. */
  readonly fault: string | null;
}

/** What ARM says, or that it says nothing and closes the connection. */
export type Answer = Reply | "dropped";

export interface Front {
  readonly azure: Azure;
  readonly entra: Entra;
  readonly rightsOf: (principal: Principal) => Rights;
  readonly nextFault: NextFault;
  readonly calls: Call[];
}

/** Answers one request as ARM: each stage either answers or lets the request pass to the next. */
export async function answerArm(request: HttpRequest, front: Front): Promise<Answer> {
  const seen: { action: string | null; by: string | null; fault: string | null } = {
    action: null,
    by: null,
    fault: null,
  };
  const answer = await decide(request, front, seen);
  const { method, path } = request;
  const status = answer === "dropped" ? null : answer.status;
  front.calls.push({ at: front.azure.now().toISOString(), method, path, ...seen, status });
  return answer === "dropped" ? answer : { ...answer, headers: { ...requestIds(request, front), ...answer.headers } };
}

async function decide(
  request: HttpRequest,
  front: Front,
  seen: { action: string | null; by: string | null; fault: string | null },
): Promise<Answer> {
  const { azure, entra } = front;
  const { method, path } = request;
  const apiVersion = request.query.get("api-version");
  if (!apiVersion) return missingApiVersion();

  const signedIn = await entra.authenticate(request.headers.authorization);
  if ("refused" in signedIn) {
    return notAuthenticated(signedIn.code, signedIn.refused, `${azure.origin}/${entra.tenantId}`);
  }
  const { principal } = signedIn;
  seen.by = principal.name;

  const matches = matchPath(routes, path);
  const match = matches.find(({ route }) => route.method === method);
  if (!match) return matches.length > 0 ? methodNotAllowed(method) : unknownPath(path, apiVersion);
  const { route, params } = match;
  seen.action = route.action;
  const wrongVersion = refuseVersion(match, apiVersion, azure);
  if (wrongVersion) return wrongVersion;

  const { subscription } = params;
  if (subscription !== undefined) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subscription)) return invalidSubscriptionId(subscription);
    if (!subscriptionIds(azure).includes(subscription.toLowerCase())) return subscriptionNotFound(subscription);
  }
  if (route.action && !front.rightsOf(principal).use(route.action)) {
    // The scope of an action is the resource that it acts on.
    return authorizationFailed(principal, route.action, method === "POST" ? path.replace(/\/[^/]+$/, "") : path);
  }
  if (params.resourceGroup !== undefined && !groupExists(params.resourceGroup, subscription ?? "", azure)) {
    return resourceGroupNotFound(params.resourceGroup);
  }

  const charge = chargeFor(match, principal, azure);
  if (charge.exceeded && azure.world.throttling) {
    return withHeaders(tooManyRequests(charge.exceeded.policy, charge.exceeded.retryAfterSeconds), charge);
  }

  const body = parseBody(request.body);
  if (body === "malformed") return invalidRequestContent("the body is not JSON");
  const handle = async () =>
    withHeaders(await route.handle({ path, params, query: request.query, apiVersion, body, principal }, azure), charge);

  const fault = route.action && front.nextFault(route.action);
  if (!fault) return handle();
  seen.fault = fault.kind;
  switch (fault.kind) {
    case "throttled":
      return tooManyRequests("SubscriptionMaximum", fault.retryAfterSeconds);
    case "busy":
      return anotherOperationInProgress();
    case "server-error":
      return serverError(fault.status);
    case "dropped":
      if (fault.carriedOut) await handle();
      return "dropped";
  }
}

function unknownPath(path: string, apiVersion: string): Reply {
  const [namespace, ...rest] =
    path
      .split(/\/providers\//i)
      .at(-1)
      ?.split("/") ?? [];
  if (!/\/providers\//i.test(path) || !namespace) return notFound(path);
  if (!/^Microsoft\.(Compute|Network)$/i.test(namespace)) return invalidResourceNamespace(namespace);
  // Types and names take turns.
  return invalidResourceType(namespace, rest.filter((_, index) => index % 2 === 0).join("/"), apiVersion);
}

function refuseVersion({ route, params }: Match, apiVersion: string, azure: Azure): Reply | null {
  if (route.apiVersions.includes(apiVersion)) return null;
  const type = /\/providers\/[^/]+\/([^/]+)/.exec(route.path)?.[1];
  if (!type || !/^\d{4}-\d\d-\d\d(-preview)?$/.test(apiVersion))
    return invalidApiVersion(apiVersion, route.apiVersions);
  const location = params.location ?? azure.machines[0]?.location ?? "";
  return noRegisteredProvider(location, apiVersion, type, route.apiVersions);
}

function groupExists(name: string, subscription: string, azure: Azure): boolean {
  return groupsOf(azure, subscription).some(([one]) => one.toLowerCase() === name.toLowerCase());
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

function parseBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return "malformed";
  }
}

function requestIds(request: HttpRequest, { azure }: Front): Record<string, string> {
  const id = randomUUID();
  const stamp = azure
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, "");
  const client = request.headers["x-ms-client-request-id"];
  return {
    "x-ms-request-id": id,
    "x-ms-correlation-request-id": request.headers["x-ms-correlation-request-id"] ?? id,
    "x-ms-routing-request-id": `WESTEUROPE:${stamp}:${id}`,
    ...(client && request.headers["x-ms-return-client-request-id"] === "true" && { "x-ms-client-request-id": client }),
    "cache-control": "no-cache",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
  };
}
