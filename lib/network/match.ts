/** Whether a rule matches. `unknown`: it depends on data that was not read. */
export type RuleMatch = "yes" | "no" | "unknown";

/** Logical OR: `yes` if any is `yes`, else `unknown` if any is `unknown`. */
export function anyMatch(matches: readonly RuleMatch[]): RuleMatch {
  if (matches.includes("yes")) return "yes";
  return matches.includes("unknown") ? "unknown" : "no";
}

/** Logical AND: `no` if any is `no`, else `unknown` if any is `unknown`. */
export function allMatch(matches: readonly RuleMatch[]): RuleMatch {
  if (matches.includes("no")) return "no";
  return matches.includes("unknown") ? "unknown" : "yes";
}
