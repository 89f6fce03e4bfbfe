import type { AdminRule } from "../core/network-evidence.ts";
import { matchesIn, type RuleTable } from "./rule.ts";
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

/** Evaluates the security admin rules: the first by priority that matches decides; where none does, the groups do. */
export function evaluateAdmin(rules: RuleTable<AdminRule>, origin: Origin): AdminVerdict {
  const possible: AdminRule[] = [];
  for (const { rule, match } of matchesIn(rules, origin)) {
    possible.push(rule);
    if (match === "yes") return { fates: fatesOf(possible), rule: decisive(possible, fateOf[rule.access]) };
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
