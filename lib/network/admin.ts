import type { AdminRule } from "../core/network-evidence.ts";
import { type RelevantRule, ruleMatch } from "./rule.ts";
import type { Origin } from "./surroundings.ts";

/** What may become of a packet before the security groups: dropped, delivered past them, or left to them. */
export type AdminFate = "drop" | "deliver" | "continue";

export interface AdminVerdict {
  /** One when the rules decide, several when what was read does not tell. Never empty. */
  readonly fates: ReadonlySet<AdminFate>;
  /** The rule that decides, or the first that may; `null` when none speaks about the packet. */
  readonly rule: AdminRule | null;
}

const fateOf = { Allow: "continue", AlwaysAllow: "deliver", Deny: "drop" } as const;

/** Evaluates the security admin rules, given by priority: the first that matches decides; where none does, the groups do. */
export function evaluateAdmin(rules: readonly RelevantRule<AdminRule>[], origin: Origin): AdminVerdict {
  const possible: AdminRule[] = [];
  for (const relevant of rules) {
    const match = ruleMatch(relevant, origin);
    if (match === "no") continue;
    possible.push(relevant.rule);
    if (match === "yes") return { fates: fatesOf(possible), rule: decisive(possible, fateOf[relevant.rule.access]) };
  }
  const fates = new Set<AdminFate>([...fatesOf(possible), "continue"]);
  return { fates, rule: decisive(possible, "continue") };
}

function fatesOf(rules: readonly AdminRule[]): Set<AdminFate> {
  return new Set(rules.map(({ access }) => fateOf[access]));
}

/** The rule to name: the first that would turn the fate that is certain otherwise, else the last, which decided. */
function decisive(possible: readonly AdminRule[], fate: AdminFate): AdminRule | null {
  return possible.find(({ access }) => fateOf[access] !== fate) ?? possible.at(-1) ?? null;
}
