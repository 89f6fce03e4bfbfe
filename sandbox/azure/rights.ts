import { readFileSync } from "node:fs";
import { z } from "zod";
import { actionPattern } from "./action-pattern.ts";

/** Roles that the remediator may have in addition to its own, by their file names. */
export const optionalRoles = ["jit-requester"] as const;
export type OptionalRole = (typeof optionalRoles)[number];

/** An Azure custom role definition, in the form that `az role definition create` takes. */
const RoleDefinition = z.object({
  Name: z.string(),
  Actions: z.array(z.string()),
  NotActions: z.array(z.string()),
});

/** The allowed actions of a principal, and which of them were used. */
export interface Rights {
  /** Whether the action is allowed; an allowed action is recorded as used. */
  use(action: string): boolean;
  /** The actions that no call has needed so far. */
  unusedActions(): string[];
}

/** The rights of the shipped roles, without the actions that match `deny`. */
export function remediatorRights(deny: readonly string[], optional: readonly OptionalRole[] = []): Rights {
  const roles = ["remediator", ...optional].map(readRole);
  return makeRights(
    roles.flatMap((role) => role.Actions),
    [...roles.flatMap((role) => role.NotActions), ...deny],
  );
}

function readRole(name: string): z.infer<typeof RoleDefinition> {
  const file = new URL(`../../infra/roles/${name}.json`, import.meta.url);
  return RoleDefinition.parse(JSON.parse(readFileSync(file, "utf8")));
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
