import { RunId } from "../core/run.ts";
import type { Route } from "./route.ts";

export type FoundRoute =
  | { readonly kind: "found"; readonly route: Route; readonly id: string }
  /** There is something at this path, and these methods may be used on it. */
  | { readonly kind: "other-methods"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

/** Finds the route of a path as it came, undecoded: no escape spells an id, and nothing that is not an id matches one. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute {
  const here = routes.flatMap((route) => {
    const id = match(route.path, path);
    return id === null ? [] : [{ route, id }];
  });
  const found = here.find(({ route }) => route.method === method);
  if (found) return { kind: "found", ...found };
  if (here.length > 0) return { kind: "other-methods", allow: here.map(({ route }) => route.method) };
  return { kind: "none" };
}

/** What `{id}` stands for in this path, or `null` when the path is not of this form. */
function match(template: string, path: string): string | null {
  const parts = path.split("/");
  const wanted = template.split("/");
  if (parts.length !== wanted.length) return null;
  let id = "";
  for (const [index, part] of wanted.entries()) {
    const given = parts[index] ?? "";
    if (part === "{id}" && RunId.safeParse(given).success) id = given.toLowerCase();
    else if (part !== given) return null;
  }
  return id;
}
