import type { AdminRule } from "../core/network-evidence.ts";
import { matchesIn, type RuleTable } from "./rule-table.ts";
import type { Origin } from "./topology.ts";

/**
 * The effect of security admin rules on a packet: dropped, delivered past the security groups, or passed on to them.
 */
export type AdminEffect = "drop" | "deliver" | "continue";

export interface AdminVerdict {
  /** One when it is certain, several when it is not known which rule matches. Never empty. */
  readonly effects: ReadonlySet<AdminEffect>;
  /** The rule that decides, or the first that may; `null` when none matches the packet. */
  readonly rule: AdminRule | null;
}

const effectOf = { Allow: "continue", AlwaysAllow: "deliver", Deny: "drop" } as const;

/**
 * Evaluates the security admin rules: the first match by priority decides; without a match the security groups decide.
 */
export function evaluateSecurityAdminRules(rules: RuleTable<AdminRule>, origin: Origin): AdminVerdict {
  const possible: AdminRule[] = [];
  for (const { rule, match } of matchesIn(rules, origin)) {
    possible.push(rule);
    if (match === "yes") return { effects: effectsOf(possible), rule: decidingRule(possible, effectOf[rule.access]) };
  }
  const effects = new Set<AdminEffect>([...effectsOf(possible), "continue"]);
  return { effects, rule: decidingRule(possible, "continue") };
}

function effectsOf(rules: readonly AdminRule[]): Set<AdminEffect> {
  return new Set(rules.map(({ access }) => effectOf[access]));
}

/** The rule to report: the first that may change the effect, else the last one, which decided. */
function decidingRule(possible: readonly AdminRule[], fate: AdminEffect): AdminRule | null {
  return possible.find(({ access }) => effectOf[access] !== fate) ?? possible.at(-1) ?? null;
}
