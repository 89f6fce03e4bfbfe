/** A place in the page: the part of the address after `#`. It is the state of the page: it can be sent to somebody. */
export interface Route {
  /** e.g. `["runs", "3f2a8c1e-..."]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

/** Text that is no valid escape stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a place. Empty values are left out. */
export function linkTo(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const text = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${text}`;
}

export const linkToRun = (id: string) => linkTo(["runs", id]);
export const linkToOperation = (id: string) => linkTo(["operations", id]);
