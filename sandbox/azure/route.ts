import type { Azure } from "./azure.ts";
import type { ComputePolicy } from "./budget.ts";
import type { Reply } from "./http.ts";

/** A request for a route of ARM. Sign-in, version, rights and budget have been checked. */
export interface ArmRequest {
  readonly path: string;
  /** Values of the template's `{names}`, as the caller spelled them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  /** Parsed JSON; `undefined` when there was none. */
  readonly body: unknown;
  /** The name of the caller. */
  readonly by: string;
  /** Whether the caller has this action on the resource of this ARM id. */
  mayRead(action: string, resource: string): boolean;
}

export type Handler = (request: ArmRequest, azure: Azure) => Reply | Promise<Reply>;

export interface Route {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  /** Path template; its fixed words match case-insensitively. */
  readonly path: string;
  /** The Azure action that the route needs; `null` when every signed-in principal may call it. */
  readonly action: string | null;
  readonly apiVersions: readonly string[];
  /** The token bucket of the compute provider that a call uses. */
  readonly policy?: ComputePolicy;
  readonly handle: Handler;
}

export interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** All routes whose template matches the path, with any method. */
export function matchPath(routes: readonly Route[], path: string): Match[] {
  return routes.flatMap((route) => {
    const groups = compile(route.path).exec(path)?.groups;
    return groups ? [{ route, params: { ...groups } }] : [];
  });
}

const compiled = new Map<string, RegExp>();

function compile(template: string): RegExp {
  const known = compiled.get(template);
  if (known) return known;
  const source = template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  // The empty named group makes `groups` exist for a template without names.
  const expression = new RegExp(`^${source}/?$(?<_>)`, "i");
  compiled.set(template, expression);
  return expression;
}
