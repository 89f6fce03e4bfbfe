import { scaleSetNetworkVersions } from "./api-versions.ts";
import {
  invalidApiVersion,
  invalidResourceNamespace,
  invalidResourceType,
  methodNotAllowed,
  noRegisteredProvider,
  notFound,
} from "./arm-error.ts";
import type { Azure } from "./azure.ts";
import type { HttpRequest, Reply } from "./http.ts";
import { type Match, matchPath } from "./route.ts";
import { routes } from "./routes.ts";

/** The route of a request, or ARM's error when its path, method or version has no route. */
export function findRoute(
  { method, path }: Pick<HttpRequest, "method" | "path">,
  apiVersion: string,
  azure: Azure,
): Match | { refused: Reply } {
  const matches = matchPath(routes, path);
  const match = matches.find(({ route }) => route.method === method);
  if (match) {
    const refused = refuseVersion(match, apiVersion, azure);
    return refused ? { refused } : match;
  }
  return { refused: matches.length > 0 ? methodNotAllowed(method) : unknownPath(path, apiVersion) };
}

function unknownPath(path: string, apiVersion: string): Reply {
  const provider = path.split(/\/providers\//i);
  const [namespace, ...rest] = provider.length > 1 ? (provider.at(-1)?.split("/") ?? []) : [];
  if (!namespace) return notFound(path);
  if (!/^Microsoft\.(Compute|HybridCompute|Network|Security|ResourceGraph)$/i.test(namespace))
    return invalidResourceNamespace(namespace);
  // Types and names alternate in a path.
  return invalidResourceType(namespace, rest.filter((_, index) => index % 2 === 0).join("/"), apiVersion);
}

function refuseVersion({ route, params }: Match, apiVersion: string, azure: Azure): Reply | null {
  const [, namespace = ""] = /.*\/providers\/([^/]+)/.exec(route.path) ?? [];
  const ofNamespace = route.apiVersions === scaleSetNetworkVersions ? undefined : azure.world.apiVersions[namespace];
  const served = ofNamespace ?? route.apiVersions;
  if (served.includes(apiVersion)) return null;
  const type = /\/providers\/[^/]+\/([^/]+)/.exec(route.path)?.[1];
  const wellFormed = /^\d{4}-\d\d-\d\d(-preview)?$/.test(apiVersion);
  if (!type || !wellFormed) return invalidApiVersion(apiVersion, served);
  const location = params.location ?? azure.machines[0]?.location ?? "";
  return noRegisteredProvider(location, apiVersion, type, served);
}
