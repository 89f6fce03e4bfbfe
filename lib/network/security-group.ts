import type { SecurityRule } from "../core/network-evidence.ts";
import type { NetworkVerdict } from "../core/network-verdict.ts";
import { type Prefixes, prefixMatch, readPrefixes } from "./prefix.ts";
import { matchesIn, type NearMiss, type RuleTable } from "./rule-table.ts";
import type { Origin } from "./topology.ts";

/** A security group's verdict on a connection, and the deciding rule; `null` when no rule matches. */
export interface SecurityGroupVerdict {
  readonly verdict: NetworkVerdict["verdict"];
  readonly rule: SecurityRule | null;
  /** For a denial: an earlier rule that would allow it but for one field. */
  readonly missed?: NearMiss<SecurityRule>;
  /** For a denial: an earlier rule that would allow it but for its sources. */
  readonly missedBySource?: SecurityRule;
}

/**
 * Evaluates a group's rules as Azure does: the first match by priority decides. Earlier rules that may match do not
 * matter while they have the same access; the first one with the other access makes the verdict unknown and is
 * reported.
 */
export function evaluateSecurityGroup(rules: RuleTable<SecurityRule>, origin: Origin): SecurityGroupVerdict {
  const possible: SecurityRule[] = [];
  for (const { rule, match } of matchesIn(rules, origin)) {
    if (match === "unknown") {
      possible.push(rule);
      continue;
    }
    const doubt = possible.find((other) => other.access !== rule.access);
    if (doubt) return { verdict: "unknown", rule: doubt };
    if (rule.access === "Unknown") return { verdict: "unknown", rule };
    if (rule.access === "Allow") return { verdict: "allowed", rule };
    const isEarlier = ({ access, priority }: SecurityRule) => access === "Allow" && priority < rule.priority;
    const missed = rules.nearMisses.find(
      (miss) => isEarlier(miss.rule) && prefixMatch(readPrefixes(miss.rule.sources), origin) !== "no",
    );
    if (missed) return { verdict: "denied", rule, missed };
    // A rule for this target that matches would have decided.
    const other = rules.rules.find((one) => isEarlier(one.rule) && isForClients(one.sources));
    return { verdict: "denied", rule, ...(other && { missedBySource: other.rule }) };
  }
  // Every group ends with a rule that denies all. Without it, not all rules were read.
  return { verdict: "unknown", rule: possible[0] ?? null };
}

/** Whether a rule is for addresses of clients: not for the virtual network or Azure's load balancers alone. */
function isForClients({ ranges, unknownWord }: Prefixes): boolean {
  return ranges.length > 0 || unknownWord;
}
