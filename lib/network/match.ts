/** Whether something applies. `unsure`: Azure knows, and what was read does not tell. */
export type Match = "yes" | "no" | "unsure";

/** An alternative applies when any of its parts does; one that may apply leaves doubt. */
export function anyMatch(matches: readonly Match[]): Match {
  if (matches.includes("yes")) return "yes";
  return matches.includes("unsure") ? "unsure" : "no";
}

/** A whole applies when all of its parts do. */
export function allMatch(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("unsure") ? "unsure" : "yes";
}
