import { RunId } from "../core/run.ts";
import type { Route } from "./route.ts";

export type FoundRoute =
  | { readonly kind: "found"; readonly route: Route; readonly id: string }
  /** The path exists, with these methods. */
  | { readonly kind: "other-methods"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

/** Finds the route of an undecoded path. An id never contains escapes, so an encoded path matches nothing. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute {
  const allow: string[] = [];
  for (const route of routes) {
    const id = match(route.path, path);
    if (id === null) continue;
    if (route.method === method) return { kind: "found", route, id };
    allow.push(route.method);
  }
  return allow.length > 0 ? { kind: "other-methods", allow } : { kind: "none" };
}

const placeholder = "{id}";

/** What `{id}` stands for in this path, empty where the template has none; `null` when the path is not of this form. */
function match(template: string, path: string): string | null {
  const at = template.indexOf(placeholder);
  if (at < 0) return path === template ? "" : null;
  const tail = template.slice(at + placeholder.length);
  if (!path.startsWith(template.slice(0, at)) || !path.endsWith(tail)) return null;
  const id = path.slice(at, path.length - tail.length);
  return RunId.safeParse(id).success ? id.toLowerCase() : null;
}
