import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import type { ApiRequest, CheckedInput } from "./api-message.ts";
import { type Caller, Claims, callerOf } from "./caller.ts";
import { rejectInput } from "./error-response.ts";
import { createExpiringCache, digestOf } from "./expiring-cache.ts";
import { createSigningKeys, isOutage } from "./signing-keys.ts";

export interface SignInSettings {
  readonly tenantId: string;
  /** What tokens may be for: the API's application id URI, its client id. */
  readonly audiences: readonly string[];
  /** Microsoft Entra ID of the cloud, e.g. `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
}

export type Authenticate = (headers: ApiRequest["headers"]) => Promise<CheckedInput<Caller>>;

/** Allowed clock skew. */
const skewSeconds = 60;

/** Bound of the cache of verified tokens: more callers than one service has. */
const mostCallers = 1000;

/**
 * Lifetime of two caches: the tenant's published keys, and verified tokens. Tokens of a key that the tenant withdraws
 * are rejected after twice this time at the latest.
 */
const cacheLifetimeMs = 5 * 60_000;

/**
 * Authenticates a caller by a Microsoft Entra access token of this tenant for this API: signed with RS256 by one of the
 * tenant's published keys, and not expired. An error response says what is wrong with the token and never quotes it. An
 * accepted token is cached, but never beyond its expiry. A rejected one is not: anybody could fill the cache. Headers of a
 * platform in front (`x-ms-client-principal`) count for nothing: they are not signed.
 */
export function createAuthenticate(
  settings: SignInSettings,
  now: () => Date,
  keys: JWTVerifyGetKey = createSigningKeys(keysUrlOf(settings), {
    now,
    lifetimeMs: cacheLifetimeMs,
  }),
): Authenticate {
  const callers = createExpiringCache<Caller>(now, mostCallers, cacheLifetimeMs);
  return async (headers) => {
    const authorization = headers.authorization;
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization ?? "")?.[1];
    if (authorization === undefined) return unauthorized(settings, "The request has no Authorization header.", false);
    if (!token) {
      return unauthorized(settings, "The Authorization header holds no access token (expected: Bearer and a JWT).");
    }
    const digest = digestOf(token);
    const known = callers.get(digest);
    if (known) return { ok: true, value: known };
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: issuersOf(settings),
        audience: [...settings.audiences],
        algorithms: ["RS256"],
        clockTolerance: skewSeconds,
        currentDate: now(),
        requiredClaims: ["exp"],
      });
      const claims = Claims.safeParse(payload);
      if (!claims.success) return unauthorized(settings, "The token lacks claims that every access token has.");
      if (!isAccessToken(claims.data)) return unauthorized(settings, "The token is not an access token.");
      const accepted = accept(claims.data, settings);
      if (accepted.ok && payload.exp !== undefined) callers.set(digest, accepted.value, payload.exp * 1000);
      return accepted;
    } catch (error) {
      return refuseToken(error, settings);
    }
  };
}

/** Checks that the keys of the tenant can be fetched. @throws what prevents it */
export async function checkSigningKeys(settings: SignInSettings): Promise<void> {
  const answer = await fetch(keysUrlOf(settings), { signal: AbortSignal.timeout(5_000) });
  const { keys } = PublishedKeys.parse(await answer.json());
  if (keys.length === 0) throw new Error(`The tenant publishes no key: HTTP ${answer.status}`);
}

const PublishedKeys = z.object({ keys: z.array(z.unknown()) });

function keysUrlOf(settings: SignInSettings): URL {
  return new URL(`${authorityOf(settings)}/discovery/v2.0/keys`);
}

function accept(claims: Claims, settings: SignInSettings): CheckedInput<Caller> {
  if (claims.tid.toLowerCase() !== settings.tenantId.toLowerCase()) {
    return unauthorized(settings, "The token is from another tenant.");
  }
  return { ok: true, value: callerOf(claims) };
}

/**
 * An ID token may have the same audience, but proves only a sign-in to some client. It has no claim that names the
 * client.
 */
function isAccessToken({ appid, azp, scp, idtyp, oid, sub }: Claims): boolean {
  if (appid === undefined && azp === undefined) return false;
  return scp !== undefined || idtyp === "app" || oid === sub;
}

function authorityOf({ authorityHost, tenantId }: SignInSettings): string {
  return `${authorityHost.replace(/\/+$/, "")}/${tenantId}`;
}

/** Issuers of tokens of version 2 and of version 1. Clouds have their own host name for version 1. */
function issuersOf(settings: SignInSettings): string[] {
  const china = new URL(settings.authorityHost).host.endsWith(".chinacloudapi.cn");
  const classic = china ? "https://sts.chinacloudapi.cn" : "https://sts.windows.net";
  const microsoft = /(^|\.)(microsoftonline\.(com|us)|chinacloudapi\.cn)$/.test(new URL(settings.authorityHost).host);
  const authority = authorityOf(settings);
  return [`${authority}/v2.0`, microsoft ? `${classic}/${settings.tenantId}/` : `${authority}/`];
}

function refuseToken(error: unknown, settings: SignInSettings): CheckedInput<never> {
  if (error instanceof errors.JWTExpired) return unauthorized(settings, "The token has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) return unauthorized(settings, claimMessage(error.claim));
  if (!isOutage(error)) return unauthorized(settings, "The token is not signed with RS256 by a key of the tenant.");
  // The keys could not be fetched: the caller's token may be valid.
  return rejectInput(
    503,
    "SignInUnavailable",
    "The signing keys of the tenant cannot be fetched at the moment. Try again later.",
    {
      headers: { "retry-after": "30" },
    },
  );
}

function claimMessage(claim: string): string {
  switch (claim) {
    case "aud":
      return "The token is for another audience.";
    case "iss":
      return "The token is from another issuer or tenant.";
    case "nbf":
      return "The token is not valid yet.";
    default:
      return `The claim ${claim} of the token is missing or cannot be used.`;
  }
}

/** The tenant, and what a token must be for: clients need no setting of their own for either. */
function whereToSignIn(settings: SignInSettings): string {
  return `authorization_uri="${authorityOf(settings)}", resource="${settings.audiences[0]}"`;
}

function unauthorized(settings: SignInSettings, why: string, presented = true): CheckedInput<never> {
  const error = presented ? `, error="invalid_token", error_description="${why}"` : "";
  return rejectInput(
    401,
    "Unauthorized",
    `${why} Sign in to tenant ${settings.tenantId} for ${settings.audiences[0]}.`,
    {
      headers: { "www-authenticate": `Bearer ${whereToSignIn(settings)}${error}` },
    },
  );
}
