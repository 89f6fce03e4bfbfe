import { z } from "zod";
import { plainText } from "../core/plain-text.ts";
import { type AppRole, rightsOf } from "./app-roles.ts";

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

/** The caller of these claims. */
export function callerOf(claims: Claims): Caller {
  return {
    objectId: claims.oid.toLowerCase(),
    name: plainText(nameIn(claims), 128) || "unnamed",
    roles: rightsOf(claims),
  };
}

function nameIn({ preferred_username, upn, name, app_displayname, appid, azp }: Claims): string {
  return preferred_username ?? upn ?? name ?? app_displayname ?? appid ?? azp ?? "";
}
