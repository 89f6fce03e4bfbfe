import { z } from "zod";
import type { Identity } from "../access/access-rules.ts";
import { plainText } from "../core/plain-text.ts";
import { type AppRole, rightsOf } from "./app-roles.ts";

/** An authenticated caller. */
export interface Caller {
  /** The object id in Microsoft Entra ID. Unlike names it never changes and is never reused. */
  readonly objectId: string;
  /** For people, e.g. a user's name or an application's id. */
  readonly name: string;
  readonly roles: ReadonlySet<AppRole>;
  /** As access rules name the caller. */
  readonly identity: Identity;
}

const noIdentity: Identity = { objectId: "", applicationId: null, groups: [], roles: [] };

/** For routes without authentication. */
export const anonymousCaller: Caller = { objectId: "", name: "anonymous", roles: new Set(), identity: noIdentity };

/** The name of a caller in a run; one without an object id has not signed in, and works at this machine. */
export function describeCaller({ name, objectId }: Caller): string {
  return objectId ? `${name} (${objectId})` : name;
}

/** The claims of an access token that are used, of both token versions. */
export const Claims = z.object({
  oid: z.guid(),
  tid: z.guid(),
  sub: z.string().optional(),
  roles: z.array(z.string()).default([]),
  /** Absent when the app registration asks for none, and for a member of more groups than a token has room for. */
  groups: z.array(z.string()).default([]),
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

/** The caller of these claims. */
export function callerOf(claims: Claims): Caller {
  return {
    objectId: claims.oid.toLowerCase(),
    name: plainText(nameIn(claims), 128) || "unnamed",
    roles: rightsOf(claims),
    identity: {
      objectId: claims.oid,
      // With scopes the application acts for a person, who may be anybody.
      applicationId: claims.scp === undefined ? (claims.appid ?? claims.azp ?? null) : null,
      groups: claims.groups,
      roles: claims.roles,
    },
  };
}

function nameIn({ preferred_username, upn, name, app_displayname, appid, azp }: Claims): string {
  return preferred_username ?? upn ?? name ?? app_displayname ?? appid ?? azp ?? "";
}
