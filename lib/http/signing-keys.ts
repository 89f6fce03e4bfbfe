import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from "jose";

/** For so long after a failed fetch no other one is made: anybody may send tokens with keys that nobody knows. */
const outageMs = 10_000;

/**
 * The keys that a tenant publishes at `url`. They are fetched when an unknown key is needed, and again after `lifetimeMs`.
 * During an outage the keys that are known and still fresh serve; all other tokens fail as the last fetch did, without
 * another one.
 */
export function createSigningKeys(
  url: URL,
  { now, lifetimeMs, fetch }: { now: () => Date; lifetimeMs: number; fetch?: FetchImplementation },
): JWTVerifyGetKey {
  const published = createRemoteJWKSet(url, { cacheMaxAge: lifetimeMs, ...(fetch && { [customFetch]: fetch }) });
  let outage: { readonly error: unknown; readonly until: number } | null = null;
  return async (header, token) => {
    if (outage && now().getTime() < outage.until) {
      const known = published.fresh ? published.jwks() : undefined;
      if (!known) throw outage.error;
      try {
        return await createLocalJWKSet(known)(header, token);
      } catch {
        throw outage.error;
      }
    }
    try {
      return await published(header, token);
    } catch (error) {
      if (isOutage(error)) outage = { error, until: now().getTime() + outageMs };
      throw error;
    }
  };
}

/** Whether the keys could not be fetched. Everything else is about the token. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout || error.code === "ERR_JOSE_GENERIC";
}
