/** Whether something applies. `unknown`: Azure knows, and what was read does not tell. */
export type RuleMatch = "yes" | "no" | "unknown";

/** An alternative applies when any of its parts does; one that may apply leaves doubt. */
export function anyMatch(matches: readonly RuleMatch[]): RuleMatch {
  if (matches.includes("yes")) return "yes";
  return matches.includes("unknown") ? "unknown" : "no";
}

/** A whole applies when all of its parts do. */
export function allMatch(matches: readonly RuleMatch[]): RuleMatch {
  if (matches.includes("no")) return "no";
  return matches.includes("unknown") ? "unknown" : "yes";
}
