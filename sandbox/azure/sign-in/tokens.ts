import { randomUUID } from "node:crypto";
import {
  errors,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import type { Person } from "./persons.ts";

/** An identity that can sign in. */
export interface Principal {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secret: string;
  /** Its app roles on this product's own API. */
  readonly roles: readonly string[];
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly expiresOn: number;
}

export interface PersonTokens {
  readonly accessToken: string;
  readonly idToken: string;
}

/** Why a token is rejected, with ARM's error code. */
export interface TokenRefusal {
  readonly code: string;
  readonly refused: string;
}

/** Issues and verifies the access tokens of this tenant: real tokens, signed with RS256. */
export interface Tokens {
  /** The public key, for verifiers. */
  readonly jwk: JWK;
  /** A token for this resource; `null` for an unknown one. Known are ARM, by its names, this product's API, and `others`. */
  issue(principal: Principal, resource: string): Promise<IssuedToken | null>;
  /** The tokens of a person who signed in to a single-page application, for this product's API alone. */
  issueForPerson(person: Person, application: { clientId: string; nonce: string | null }): Promise<PersonTokens>;
  /** The principal of an `Authorization` header, or why the header is rejected. The token is for ARM, or for this other resource. */
  authenticate(authorization: string | undefined, other?: string): Promise<{ principal: Principal } | TokenRefusal>;
}

/** The lifetime of a managed identity's token. A shorter one would end at once when the sandbox's clock runs faster. */
export const lifetimeSeconds = 86_400;

/**
 * The application id URI of this product's own API, in the only form that every tenant allows: `api://` and the client id.
 */
export const apiResource = "api://00000000-0000-4000-8000-0000000000a1";

/** The delegated permission of that API. */
export const apiScope = "user_impersonation";

export async function makeTokens(options: {
  origin: string;
  tenantId: string;
  principals: readonly Principal[];
  /** The names of ARM for which this tenant's cloud issues tokens. */
  armResources: readonly string[];
  /** Other resources for which it issues tokens. */
  others?: readonly string[];
  now: () => Date;
}): Promise<Tokens> {
  const { origin, tenantId, principals, armResources, others = [], now } = options;
  const { privateKey, publicKey, kid } = await signingKey();
  // Tokens for ARM are always of version 1, from either endpoint, so their issuer is that of version 1.
  const issuer = `${origin}/${tenantId}/`;
  const resources = [origin, ...armResources];
  /** Whose a token is that was verified, and until when: a client sends the same token with each of its requests. */
  const verified = new Map<string, { principal: Principal; expires: number }>();

  return {
    jwk: { ...(await exportJWK(publicKey)), kid, use: "sig", alg: "RS256" },

    async issue({ clientId, objectId, roles }, resource) {
      const isApi = resource === apiResource;
      if (!isApi && ![...resources, ...others].includes(resource.replace(/\/+$/, ""))) return null;
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresOn = issuedAt + lifetimeSeconds;
      const claims = {
        appid: clientId,
        appidacr: "1",
        idp: issuer,
        idtyp: "app",
        oid: objectId,
        ...(isApi && roles.length > 0 && { roles }),
        tid: tenantId,
        ver: "1.0",
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", typ: "JWT", kid })
        .setSubject(objectId)
        .setIssuer(issuer)
        .setAudience(resource)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresOn)
        .sign(privateKey);
      return { token, expiresOn };
    },

    async issueForPerson({ name, userName, objectId, roles }, { clientId, nonce }) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const person = { oid: objectId, tid: tenantId, name };
      const sign = (claims: JWTPayload, audience: string, from: string) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: "RS256", typ: "JWT", kid })
          .setSubject(`pairwise-${objectId}`)
          .setIssuer(from)
          .setAudience(audience)
          .setIssuedAt(issuedAt)
          .setNotBefore(issuedAt)
          .setExpirationTime(issuedAt + lifetimeSeconds)
          .sign(privateKey);
      const access = { ...person, appid: clientId, appidacr: "0", scp: apiScope, roles, upn: userName, ver: "1.0" };
      const id = { ...person, preferred_username: userName, ver: "2.0", ...(nonce !== null && { nonce }) };
      return {
        accessToken: await sign(access, apiResource, issuer),
        idToken: await sign(id, clientId, `${origin}/${tenantId}/v2.0`),
      };
    },

    async authenticate(authorization, other) {
      const bearer = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
      if (!bearer) {
        const refused = "Authentication failed. The 'Authorization' header is missing.";
        return { code: "AuthenticationFailed", refused };
      }
      const known = verified.get(`${other ?? ""} ${bearer}`);
      if (known && now().getTime() < known.expires) return { principal: known.principal };
      try {
        const { payload } = await jwtVerify(bearer, publicKey, {
          issuer,
          audience: (other ? [other] : resources).flatMap((resource) => [resource, `${resource}/`]),
          algorithms: ["RS256"],
          currentDate: now(),
        });
        const principal = principals.find((one) => one.objectId === payload.oid);
        if (!principal) return invalidToken("it is for nobody who is known here");
        verified.set(`${other ?? ""} ${bearer}`, { principal, expires: (payload.exp ?? 0) * 1000 });
        return { principal };
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

interface SigningKey extends GenerateKeyPairResult {
  readonly kid: string;
}

let known: Promise<SigningKey> | null = null;

/** One key for all tenants of this process: RSA takes long to make, and each tenant is an issuer of its own. */
function signingKey(): Promise<SigningKey> {
  known ??= generateKeyPair("RS256").then((pair) => ({ ...pair, kid: randomUUID() }));
  return known;
}

function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) {
    const refused = "The access token expiry UTC time is earlier than current UTC time.";
    return { code: "ExpiredAuthenticationToken", refused };
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === "aud") {
    const refused = "The access token has been obtained for wrong audience or resource.";
    return { code: "InvalidAuthenticationTokenAudience", refused };
  }
  return invalidToken(error instanceof Error ? error.message : String(error));
}

function invalidToken(because: string): TokenRefusal {
  return { code: "InvalidAuthenticationToken", refused: `The access token is invalid: ${because}.` };
}
