/** The app roles of this API's app registration. */
export const appRoles = [
  "Rdp.Read",
  "Rdp.Repair",
  "Rdp.Approve",
  "Rdp.Weaken",
  "Rdp.OpenNetwork",
  "ActionGroupsSecureWebhook",
] as const;
export type AppRole = (typeof appRoles)[number];

/** Roles that include reading: people who repair or approve must see the run. */
const implied: Partial<Record<AppRole, AppRole>> = { "Rdp.Repair": "Rdp.Read", "Rdp.Approve": "Rdp.Read" };

/**
 * What the claims of an access token allow. An application has the roles that were assigned to it. A person has the roles
 * that were assigned to them; an application that acts for them has only those of these that were consented to: by a
 * scope named like the role, or `user_impersonation` for all.
 */
export function rightsOf(claims: { roles: readonly string[]; scp?: string | undefined }): Set<AppRole> {
  const scopes = claims.scp?.split(" ");
  const mayUse = (role: AppRole) => !scopes || scopes.includes("user_impersonation") || scopes.includes(role);
  const roles = appRoles.filter((role) => claims.roles.includes(role)).flatMap((role) => [role, implied[role] ?? role]);
  return new Set(roles.filter(mayUse));
}
