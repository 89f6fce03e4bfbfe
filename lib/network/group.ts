import type { SecurityRule } from "../core/network-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { matchesIn, type RuleTable } from "./rule.ts";
import type { Origin } from "./surroundings.ts";

/** What a security group says about a connection, and the rule that decided; `null` when no rule speaks about it. */
export interface GroupVerdict {
  readonly verdict: NetworkVerdict["verdict"];
  readonly rule: SecurityRule | null;
}

/**
 * Evaluates a group's rules as Azure does: the first by priority that matches decides. Rules before it that may match
 * do no harm while they say the same; the first that says otherwise makes the verdict unknown, and is named.
 */
export function evaluateGroup(rules: RuleTable<SecurityRule>, origin: Origin): GroupVerdict {
  const possible: SecurityRule[] = [];
  for (const { rule, match } of matchesIn(rules, origin)) {
    if (match === "unsure") {
      possible.push(rule);
      continue;
    }
    const doubt = possible.find((other) => other.access !== rule.access);
    if (doubt) return { verdict: "unknown", rule: doubt };
    return { verdict: rule.access === "Allow" ? "allowed" : "denied", rule };
  }
  // Every group ends in a rule that denies all: without one, not all of its rules were read.
  return { verdict: "unknown", rule: possible[0] ?? null };
}
