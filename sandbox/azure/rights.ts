import { z } from "zod";
import { readShippedFile } from "../../lib/files/shipped-files.ts";
import { actionPattern } from "./action-pattern.ts";

/** Roles that the remediator may have in addition to its own, by their file names. */
export const optionalRoles = ["jit-requester"] as const;
export type OptionalRole = (typeof optionalRoles)[number];

/** The roles of infra/roles, by their file names. */
export const roleNames = ["remediator", "jit-requester", "network-reader", "alert-closer"] as const;
export type RoleName = (typeof roleNames)[number];

/** An Azure custom role definition, in the form that `az role definition create` takes. */
const RoleDefinition = z.object({
  Name: z.string(),
  Actions: z.array(z.string()),
  NotActions: z.array(z.string()),
});

/** Actions that a principal has at a scope (an ARM id, or `/` for everywhere) and at everything below it. */
export interface Grant {
  readonly actions: readonly string[];
  readonly notActions?: readonly string[];
  readonly scope?: string;
}

/** The allowed actions of a principal, and which of them were used. */
export interface Rights {
  /** Whether the action is allowed on the resource of this ARM id; an allowed action is recorded as used. */
  use(action: string, resource: string): boolean;
  /** Whether the action is allowed on anything at or below this ARM id: ARM then lists what may be read. */
  useBelow(action: string, scope: string): boolean;
  /** The actions that no call has needed so far. */
  unusedActions(): string[];
}

/** The rights of shipped roles, each at its scope, without the actions that match `deny`. */
export function rightsOfRoles(
  assignments: readonly { readonly role: RoleName; readonly scope: string }[],
  deny: readonly string[] = [],
): Rights {
  const grants = assignments.map(({ role, scope }) => {
    const { Actions, NotActions } = readRole(role);
    return { actions: Actions, notActions: [...NotActions, ...deny], scope };
  });
  return makeRights(grants);
}

/** The remediator's own role and optional ones, everywhere. */
export function remediatorRights(deny: readonly string[], optional: readonly OptionalRole[] = []): Rights {
  return rightsOfRoles(
    (["remediator", ...optional] as const).map((role) => ({ role, scope: "/" })),
    deny,
  );
}

function readRole(name: RoleName): z.infer<typeof RoleDefinition> {
  return RoleDefinition.parse(JSON.parse(readShippedFile(`infra/roles/${name}.json`)));
}

export function makeRights(grants: readonly Grant[]): Rights {
  const granted = grants.flatMap(({ actions, notActions = [], scope = "/" }) => {
    const withheld = notActions.map(actionPattern);
    return actions.map((action) => ({ action, scope, withheld, matches: actionPattern(action), used: false }));
  });
  function use(action: string, isThere: (scope: string) => boolean): boolean {
    const found = granted.filter(
      (one) => one.matches(action) && isThere(one.scope) && !one.withheld.some((matches) => matches(action)),
    );
    for (const one of found) one.used = true;
    return found.length > 0;
  }
  return {
    use: (action, resource) => use(action, (scope) => contains(scope, resource)),
    useBelow: (action, below) => use(action, (scope) => contains(scope, below) || contains(below, scope)),
    unusedActions: () => [...new Set(granted.filter((one) => !one.used).map((one) => one.action))],
  };
}

/** Whether `inner` is the scope or below it. ARM compares ids without regard to case. */
function contains(scope: string, inner: string): boolean {
  const [outer, own] = [scope, inner].map((id) => `${id.toLowerCase().replace(/\/+$/, "")}/`);
  return own?.startsWith(outer ?? "") ?? false;
}
