/** Where the service wants its callers to sign in, and for what. */
export interface Challenge {
  readonly tenantId: string;
  readonly audience: string;
}

/**
 * Reads the WWW-Authenticate header of a 401; `null` when it does not say enough. An audience other than an application id
 * URI (`api://...`) is not taken from a service: it could name Azure itself, and would get a token for it.
 */
export function readChallenge(header: string | null): Challenge | null {
  const tenantId = /\bauthorization_uri="https:\/\/[^"/]+\/([0-9a-f-]{36})(?:\/[^"]*)?"/i.exec(header ?? "")?.[1];
  const audience = /\bresource="(api:\/\/[^"\s]+)"/i.exec(header ?? "")?.[1];
  return tenantId && audience ? { tenantId, audience } : null;
}
