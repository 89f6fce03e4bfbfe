import { z } from "zod";

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

/** An authenticated caller. */
export interface Caller {
  /** The object id in Microsoft Entra ID. Unlike names it never changes and is never reused. */
  readonly objectId: string;
  /** For people, e.g. a user's name or an application's id. */
  readonly name: string;
  readonly roles: ReadonlySet<AppRole>;
}

/** For routes without authentication. */
export const anonymousCaller: Caller = { objectId: "", name: "anonymous", roles: new Set() };

/** The name of a caller in a run. */
export function describeCaller({ name, objectId }: Caller): string {
  return `${name} (${objectId})`;
}

/** The claims of an access token that are used, of both token versions. */
export const Claims = z.object({
  oid: z.guid(),
  tid: z.guid(),
  sub: z.string().optional(),
  roles: z.array(z.string()).default([]),
  scp: z.string().optional(),
  /** `app` in tokens that an application got for itself. */
  idtyp: z.string().optional(),
  /** The client application: version 1, version 2. */
  appid: z.string().optional(),
  azp: z.string().optional(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  upn: z.string().optional(),
  app_displayname: z.string().optional(),
});
export type Claims = z.infer<typeof Claims>;

/**
 * The caller of these claims. An application has the roles that were assigned to it. A person has the roles that were
 * assigned to them; an application that acts for them has only those of these that were consented to: by a scope named
 * like the role, or `user_impersonation` for all.
 */
export function callerOf(claims: Claims): Caller {
  const scopes = claims.scp?.split(" ");
  const mayUse = (role: AppRole) => !scopes || scopes.includes("user_impersonation") || scopes.includes(role);
  const roles = appRoles.filter((role) => claims.roles.includes(role)).flatMap((role) => [role, implied[role] ?? role]);
  return {
    objectId: claims.oid.toLowerCase(),
    name: printable(
      claims.preferred_username ?? claims.upn ?? claims.name ?? claims.app_displayname ?? claims.appid ?? claims.azp,
    ),
    roles: new Set(roles.filter(mayUse)),
  };
}

/** Names are stored and printed: one line, no control characters, limited length. */
function printable(name = "unnamed"): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").slice(0, 128) || "unnamed";
}
