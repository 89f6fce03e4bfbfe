import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type Caller, Claims, callerOf } from "./caller.ts";
import { createMemory, digestOf } from "./memory.ts";
import type { ApiRequest, Checked } from "./message.ts";
import { readPlatformPrincipal } from "./platform-principal.ts";
import { refuse } from "./refusal.ts";

export interface SignInSettings {
  readonly tenantId: string;
  /** What tokens may be for: the API's application id URI, its client id. */
  readonly audiences: readonly string[];
  /** Microsoft Entra ID of the cloud, e.g. `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  /** App Service signs callers in and guards `x-ms-client-principal`. Never true where clients reach us directly. */
  readonly trustPlatform: boolean;
}

export type Authenticate = (headers: ApiRequest["headers"]) => Promise<Checked<Caller>>;

/** Clocks differ: by so much a token may be early or late. */
const skewSeconds = 60;

/** More callers than one service has. */
const mostCallers = 1000;

/**
 * For so long the tenant's published keys are believed without asking again, and a verified token without verifying it
 * again: a key that the tenant withdraws takes its tokens with it after twice this time at most.
 */
const believedMs = 5 * 60_000;

/**
 * Finds out who calls, by an Entra access token of this tenant for this API: RS256 by one of the tenant's published keys,
 * not expired. Refusals say what is wrong with a token and never quote it. A token that was taken is remembered for a while,
 * and never beyond its expiry; what was refused is not, because anybody could fill a memory with that.
 */
export function createAuthenticate(
  settings: SignInSettings,
  now: () => Date,
  keys: JWTVerifyGetKey = publishedKeys(settings),
): Authenticate {
  const callers = createMemory<Caller>(now, mostCallers, believedMs);
  return async (headers) => {
    const authorization = headers.authorization;
    if (authorization === undefined && settings.trustPlatform && headers["x-ms-client-principal"]) {
      const claims = readPlatformPrincipal(headers["x-ms-client-principal"]);
      return claims ? accept(claims, settings) : unauthorized(settings, "The platform's sign-in cannot be read.");
    }
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization ?? "")?.[1];
    if (!token) return unauthorized(settings, "There is no bearer token.", authorization !== undefined);
    const digest = digestOf(token);
    const known = callers.recall(digest);
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
      if (!claims.success) return unauthorized(settings, "The token lacks claims of an access token.");
      if (!isAccessToken(claims.data)) return unauthorized(settings, "The token is not an access token.");
      const accepted = accept(claims.data, settings);
      if (accepted.ok && payload.exp !== undefined) callers.remember(digest, accepted.value, payload.exp * 1000);
      return accepted;
    } catch (error) {
      return refuseToken(error, settings);
    }
  };
}

/** Fetched when a key is asked for that is not there, and again after a while. */
function publishedKeys(settings: SignInSettings): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(`${authorityOf(settings)}/discovery/v2.0/keys`), { cacheMaxAge: believedMs });
}

function accept(claims: Claims, settings: SignInSettings): Checked<Caller> {
  if (claims.tid.toLowerCase() !== settings.tenantId.toLowerCase()) {
    return unauthorized(settings, "The token is from another tenant.");
  }
  return { ok: true, value: callerOf(claims) };
}

/** An ID token may have the same audience, and proves only that somebody signed in somewhere. It names no client. */
function isAccessToken({ appid, azp, scp, idtyp, oid, sub }: Claims): boolean {
  if (appid === undefined && azp === undefined) return false;
  return scp !== undefined || idtyp === "app" || oid === sub;
}

function authorityOf({ authorityHost, tenantId }: SignInSettings): string {
  return `${authorityHost.replace(/\/+$/, "")}/${tenantId}`;
}

/** Of version 2, and of version 1, which every public cloud but China's issues under another name. */
function issuersOf(settings: SignInSettings): string[] {
  const china = new URL(settings.authorityHost).host.endsWith(".chinacloudapi.cn");
  const classic = china ? "https://sts.chinacloudapi.cn" : "https://sts.windows.net";
  const microsoft = /(^|\.)(microsoftonline\.(com|us)|chinacloudapi\.cn)$/.test(new URL(settings.authorityHost).host);
  const authority = authorityOf(settings);
  return [`${authority}/v2.0`, microsoft ? `${classic}/${settings.tenantId}/` : `${authority}/`];
}

function refuseToken(error: unknown, settings: SignInSettings): Checked<never> {
  if (error instanceof errors.JWTExpired) return unauthorized(settings, "The token has expired.");
  if (error instanceof errors.JWTClaimValidationFailed) return unauthorized(settings, claimMessage(error.claim));
  const theirs =
    error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== "ERR_JOSE_GENERIC";
  if (theirs) return unauthorized(settings, "The token is not signed with RS256 by a key of the tenant.");
  // The keys could not be fetched: not the caller's fault.
  return refuse(503, "SignInUnavailable", "The tenant's signing keys cannot be read at the moment. Try again later.", {
    headers: { "retry-after": "30" },
  });
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

function unauthorized(settings: SignInSettings, why: string, presented = true): Checked<never> {
  const error = presented ? `, error="invalid_token", error_description="${why}"` : "";
  return refuse(401, "Unauthorized", `${why} Sign in to tenant ${settings.tenantId} for ${settings.audiences[0]}.`, {
    headers: { "www-authenticate": `Bearer authorization_uri="${authorityOf(settings)}"${error}` },
  });
}
