import { randomUUID } from "node:crypto";
import { errors, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { type HttpRequest, json, type Reply } from "./http.ts";

/** Someone who may sign in. The managed identity is a principal whose secret stays with the platform. */
export interface Principal {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secret: string;
}

/** Why a token is not taken, with ARM's code for it. */
export interface TokenRefusal {
  readonly code: string;
  readonly refused: string;
}

export interface Entra {
  readonly tenantId: string;
  /** Answers what is Entra's: discovery, keys, tokens; `null` for any other path. */
  handle(request: HttpRequest): Promise<Reply | null>;
  /** Answers the App Service form of managed identity, which hands out tokens of `principal`. */
  handleIdentity(request: HttpRequest, principal: Principal, identityHeader: string): Promise<Reply>;
  /** The principal that an ARM token speaks for, or why it speaks for nobody. */
  authenticate(authorization: string | undefined): Promise<{ principal: Principal } | TokenRefusal>;
}

// As long as a managed identity's: a sandbox whose clock is sped up must not outlive its tokens at once.
const lifetimeSeconds = 86_400;

/** A pretend Entra tenant at `origin` that signs real RS256 tokens with a key of its own. */
export async function makeEntra(options: {
  origin: string;
  tenantId: string;
  principals: readonly Principal[];
  now: () => Date;
}): Promise<Entra> {
  const { origin, tenantId, principals, now } = options;
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const keyId = randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid: keyId, use: "sig", alg: "RS256" };
  // ARM's tokens are of version 1 whichever end point hands them out, so their issuer is the one of version 1.
  const issuer = `${origin}/${tenantId}/`;
  const audiences = [origin, "https://management.azure.com", "https://management.core.windows.net"];

  /** The audience as the token will carry it, or `null` for a resource that this tenant does not know. */
  function audienceOf(resource: string): string | null {
    return audiences.includes(resource.replace(/\/+$/, "")) ? resource : null;
  }

  async function issue(principal: Principal, audience: string): Promise<{ token: string; expiresOn: number }> {
    const issuedAt = Math.floor(now().getTime() / 1000);
    const expiresOn = issuedAt + lifetimeSeconds;
    const token = await new SignJWT({
      appid: principal.clientId,
      appidacr: "1",
      idp: issuer,
      idtyp: "app",
      oid: principal.objectId,
      sub: principal.objectId,
      tid: tenantId,
      ver: "1.0",
    })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: keyId })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresOn)
      .sign(privateKey);
    return { token, expiresOn };
  }

  async function token(request: HttpRequest): Promise<Reply> {
    const form = new URLSearchParams(request.body);
    if (form.get("grant_type") !== "client_credentials") {
      return entraError(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
    }
    const clientId = form.get("client_id") ?? "";
    const principal = principals.find((one) => one.clientId === clientId.toLowerCase());
    if (!principal) {
      return entraError(
        400,
        "unauthorized_client",
        `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenantId}'.`,
      );
    }
    if (form.get("client_secret") !== principal.secret) {
      return entraError(401, "invalid_client", `AADSTS7000215: Invalid client secret provided for app '${clientId}'.`);
    }
    const scope = form
      .get("scope")
      ?.split(" ")
      .find((one) => one.endsWith("/.default"));
    const resource = scope?.slice(0, -"/.default".length) ?? form.get("resource") ?? "";
    const audience = audienceOf(resource);
    if (audience === null) return unknownResource(resource, tenantId);
    const { token: accessToken } = await issue(principal, audience);
    return json({
      token_type: "Bearer",
      expires_in: lifetimeSeconds,
      ext_expires_in: lifetimeSeconds,
      access_token: accessToken,
    });
  }

  return {
    tenantId,

    async handle(request) {
      if (request.path === "/common/discovery/instance") {
        const host = new URL(origin).host;
        return json({
          tenant_discovery_endpoint: `${origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
          "api-version": "1.1",
          metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
        });
      }
      const match =
        /^\/([^/]+)(?:\/v2\.0)?\/(?:(\.well-known\/openid-configuration)|(discovery\/(?:v2\.0\/)?keys)|(oauth2\/(?:v2\.0\/)?token))$/.exec(
          request.path,
        );
      if (!match) return null;
      const [, tenant = "", configuration, keys] = match;
      if (![tenantId, "adfs"].includes(tenant.toLowerCase())) {
        return entraError(400, "invalid_tenant", `AADSTS90002: Tenant '${tenant}' not found.`);
      }
      if (configuration) return json(openIdConfiguration(origin, tenantId));
      if (keys) return json({ keys: [jwk] });
      return request.method === "POST"
        ? token(request)
        : entraError(400, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
    },

    async handleIdentity(request, principal, identityHeader) {
      if (request.headers["x-identity-header"] !== identityHeader) {
        return json({ statusCode: 401, message: "The X-IDENTITY-HEADER header is missing or wrong." }, 401);
      }
      const clientId = request.query.get("client_id");
      if (clientId !== null && clientId.toLowerCase() !== principal.clientId) {
        return json({ statusCode: 400, message: `No managed identity has the client id ${clientId}.` }, 400);
      }
      const resource = request.query.get("resource") ?? "";
      const audience = audienceOf(resource);
      if (audience === null) return json({ statusCode: 400, message: `The resource ${resource} is not known.` }, 400);
      const { token: accessToken, expiresOn } = await issue(principal, audience);
      return json({
        access_token: accessToken,
        expires_on: String(expiresOn),
        resource,
        token_type: "Bearer",
        client_id: principal.clientId,
      });
    },

    async authenticate(authorization) {
      const bearer = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
      if (!bearer) {
        const refused = "Authentication failed. The 'Authorization' header is missing.";
        return { code: "AuthenticationFailed", refused };
      }
      try {
        const { payload } = await jwtVerify(bearer, publicKey, {
          issuer,
          audience: audiences.flatMap((one) => [one, `${one}/`]),
          algorithms: ["RS256"],
          currentDate: now(),
        });
        const principal = principals.find((one) => one.objectId === payload.oid);
        return principal ? { principal } : invalidToken("it is for nobody who is known here");
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) {
    return {
      code: "ExpiredAuthenticationToken",
      refused: "The access token expiry UTC time is earlier than current UTC time.",
    };
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

function openIdConfiguration(origin: string, tenantId: string): object {
  const tenant = `${origin}/${tenantId}`;
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${tenant}/oauth2/v2.0/devicecode`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    response_types_supported: ["code", "id_token", "token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    tenant_region_scope: null,
    cloud_instance_name: new URL(origin).host,
  };
}

function unknownResource(resource: string, tenantId: string): Reply {
  return entraError(
    400,
    "invalid_resource",
    `AADSTS500011: The resource principal named ${resource} was not found in the tenant named ${tenantId}.`,
  );
}

function entraError(status: number, error: string, description: string): Reply {
  const code = Number(/AADSTS(\d+)/.exec(description)?.[1]);
  return json({ error, error_description: description, error_codes: [code], correlation_id: randomUUID() }, status);
}
