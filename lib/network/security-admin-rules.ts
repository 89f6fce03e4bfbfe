import type { AdminRule } from "../core/network-evidence.ts";
import { matchesIn, type RuleTable } from "./rule-table.ts";
import type { Origin } from "./topology.ts";

/** What may become of a packet before the security groups: dropped, delivered past them, or left to them. */
export type AdminEffect = "drop" | "deliver" | "continue";

export interface AdminVerdict {
  /** One when the rules decide, several when what was read does not tell. Never empty. */
  readonly effects: ReadonlySet<AdminEffect>;
  /** The rule that decides, or the first that may; `null` when none speaks about the packet. */
  readonly rule: AdminRule | null;
}

const effectOf = { Allow: "continue", AlwaysAllow: "deliver", Deny: "drop" } as const;

/** Evaluates the security admin rules: the first by priority that matches decides; where none does, the groups do. */
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

/** The rule to name: the first that would turn the fate that is certain otherwise, else the last, which decided. */
function decidingRule(possible: readonly AdminRule[], fate: AdminEffect): AdminRule | null {
  return possible.find(({ access }) => effectOf[access] !== fate) ?? possible.at(-1) ?? null;
}
