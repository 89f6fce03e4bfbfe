import { z } from "zod";
import { Claims } from "./caller.ts";

const Principal = z.object({ claims: z.array(z.object({ typ: z.string(), val: z.string() })) });

/** App Service uses long names for some claims. */
const longNames: Record<string, string> = {
  "http://schemas.microsoft.com/identity/claims/objectidentifier": "oid",
  "http://schemas.microsoft.com/identity/claims/tenantid": "tid",
  "http://schemas.microsoft.com/identity/claims/scope": "scp",
  "http://schemas.microsoft.com/ws/2008/06/identity/claims/role": "roles",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "upn",
};

/** The claims in App Service's `x-ms-client-principal`: base64 of JSON. `null` when it is not that. */
export function readPlatformPrincipal(header: string): Claims | null {
  try {
    const { claims } = Principal.parse(JSON.parse(Buffer.from(header, "base64").toString("utf8")));
    const named = claims.map(({ typ, val }) => ({ name: longNames[typ] ?? typ, val }));
    const single = Object.fromEntries(named.filter(({ name }) => name !== "roles").map(({ name, val }) => [name, val]));
    const roles = named.filter(({ name }) => name === "roles").map(({ val }) => val);
    return Claims.parse({ ...single, roles });
  } catch {
    return null;
  }
}
