import type { SecurityRule } from "../core/network-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type RelevantRule, ruleMatch } from "./rule.ts";
import type { Origin } from "./surroundings.ts";

/** What a security group says about a connection, and the rule that decided; `null` when no rule speaks about it. */
export interface GroupVerdict {
  readonly verdict: NetworkVerdict["verdict"];
  readonly rule: SecurityRule | null;
}

/**
 * Evaluates a group's rules, given by priority, as Azure does: the first that matches decides. Rules before it that
 * may match do no harm while they say the same; the first that says otherwise makes the verdict unknown, and is named.
 */
export function evaluateGroup(rules: readonly RelevantRule<SecurityRule>[], origin: Origin): GroupVerdict {
  const possible: SecurityRule[] = [];
  for (const relevant of rules) {
    const match = ruleMatch(relevant, origin);
    const { rule } = relevant;
    if (match === "unsure") possible.push(rule);
    if (match !== "yes") continue;
    const doubt = possible.find((other) => other.access !== rule.access);
    if (doubt) return { verdict: "unknown", rule: doubt };
    return { verdict: rule.access === "Allow" ? "allowed" : "denied", rule };
  }
  // Every group ends in a rule that denies all: without one, not all of its rules were read.
  return { verdict: "unknown", rule: possible[0] ?? null };
}
