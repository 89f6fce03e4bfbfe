import { readFileSync } from "node:fs";
import { z } from "zod";
import { actionPattern } from "./action-pattern.ts";

const remediatorFile = new URL("../../infra/roles/remediator.json", import.meta.url);

/** An Azure custom role definition, in the form that `az role definition create` takes. */
const RoleDefinition = z.object({
  Name: z.string(),
  Actions: z.array(z.string()),
  NotActions: z.array(z.string()),
});

/** What one role lets its holder do, and which of it was done. */
export interface Rights {
  /** Whether the action is allowed; an allowed one counts as used. */
  use(action: string): boolean;
  /** The role's actions that no call needed so far. */
  unusedActions(): string[];
}

/** The rights of the remediator's role as shipped, less the actions that match `deny`. */
export function remediatorRights(deny: readonly string[]): Rights {
  const role = RoleDefinition.parse(JSON.parse(readFileSync(remediatorFile, "utf8")));
  return makeRights(role.Actions, [...role.NotActions, ...deny]);
}

export function makeRights(actions: readonly string[], notActions: readonly string[] = []): Rights {
  const granted = actions.map((action) => ({ action, matches: actionPattern(action), used: false }));
  const withheld = notActions.map(actionPattern);
  return {
    use(action) {
      if (withheld.some((matches) => matches(action))) return false;
      const grants = granted.filter((one) => one.matches(action));
      for (const one of grants) one.used = true;
      return grants.length > 0;
    },
    unusedActions: () => granted.filter((one) => !one.used).map((one) => one.action),
  };
}
