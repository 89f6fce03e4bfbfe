import { randomUUID } from "node:crypto";
import { type HttpRequest, jsonReply, type Reply } from "../http.ts";
import { type AuthorizeContext, authorize, provesChallenge, signOut } from "./authorize.ts";
import { apiResource, apiScope, lifetimeSeconds, type Principal, type Tokens } from "./tokens.ts";

/** A simulated Entra tenant. The name `adfs` serves clients that use the AD FS form, as az does to stay offline. */
export interface Entra extends AuthorizeContext {
  readonly origin: string;
  readonly tenantId: string;
  readonly principals: readonly Principal[];
  readonly tokens: Tokens;
}

const paths =
  /^\/([^/]+)(?:\/v2\.0)?\/(?:(\.well-known\/openid-configuration)|(discovery\/(?:v2\.0\/)?keys)|(oauth2\/(?:v2\.0\/)?token)|(oauth2\/v2\.0\/authorize)|(oauth2\/v2\.0\/logout))$/;

/** Browsers may read what is public from any origin, as with Entra. */
const anyOrigin = { "access-control-allow-origin": "*" };

/** Answers the paths of Entra: discovery, keys, client credentials; `null` for any other path. */
export async function answerEntra(request: HttpRequest, entra: Entra): Promise<Reply | null> {
  if (request.path === "/common/discovery/instance") return { ...instanceDiscovery(entra), headers: anyOrigin };
  const match = paths.exec(request.path);
  if (!match) return null;
  const [, tenant = "", configuration, keys, token, authorization] = match;
  if (![entra.tenantId, "adfs"].includes(tenant.toLowerCase())) {
    return entraError(400, "invalid_tenant", `AADSTS90002: Tenant '${tenant}' not found.`);
  }
  if (configuration) return jsonReply(openIdConfiguration(entra), 200, anyOrigin);
  if (keys) return jsonReply({ keys: [entra.tokens.jwk] }, 200, anyOrigin);
  if (authorization) return authorize(request, entra);
  if (!token) return signOut(request, entra);
  if (request.method === "POST") return redeem(request, entra);
  return entraError(400, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
}

async function redeem(request: HttpRequest, entra: Entra): Promise<Reply> {
  const form = new URLSearchParams(request.body);
  switch (form.get("grant_type")) {
    case "client_credentials":
      return clientCredentials(form, entra);
    case "authorization_code":
    case "refresh_token":
      return redeemForPerson(form, request.headers.origin, entra);
    default:
      return entraError(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
  }
}

/** The tokens for a code or a refresh token. Only the origin of a registered redirect URI may read the answer. */
async function redeemForPerson(form: URLSearchParams, origin: string | undefined, entra: Entra): Promise<Reply> {
  const client = entra.clients.find(({ clientId }) => clientId === form.get("client_id")?.toLowerCase());
  if (!client) return entraError(400, "unauthorized_client", "AADSTS700016: The application was not found.");
  const isOwn = [...client.redirectUris].some((uri) => new URL(uri).origin === origin);
  if (!isOwn || origin === undefined) {
    const foreign =
      "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.";
    return entraError(400, "invalid_request", foreign);
  }
  const reply = await personTokens(form, entra);
  return { ...reply, headers: { ...reply.headers, "access-control-allow-origin": origin, vary: "Origin" } };
}

async function personTokens(form: URLSearchParams, { grants, tokens }: Entra): Promise<Reply> {
  const isCode = form.get("grant_type") === "authorization_code";
  const grant = isCode
    ? grants.takeCode(form.get("code") ?? "")
    : grants.takeRefreshToken(form.get("refresh_token") ?? "");
  if (!grant || grant.clientId !== form.get("client_id")?.toLowerCase()) {
    return entraError(
      400,
      "invalid_grant",
      "AADSTS70008: The code or refresh token has expired, was used, or is not known.",
    );
  }
  if (isCode && form.get("redirect_uri") !== grant.redirectUri) {
    return entraError(
      400,
      "invalid_grant",
      "AADSTS50148: The redirect_uri does not match that of the authorization request.",
    );
  }
  if (isCode && !provesChallenge(form.get("code_verifier") ?? "", grant)) {
    const mismatch =
      "AADSTS501481: The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    return entraError(400, "invalid_grant", mismatch);
  }
  const scope = `${apiResource}/${apiScope}`;
  const asked = (form.get("scope") ?? grant.scope).split(" ");
  const foreign = asked.find((one) => one.includes("/") && one !== scope && one !== `${apiResource}/.default`);
  if (foreign)
    return entraError(400, "invalid_scope", `AADSTS70011: The provided value for the scope ${foreign} is not valid.`);
  const { accessToken, idToken } = await tokens.issueForPerson(grant.person, grant);
  return jsonReply({
    token_type: "Bearer",
    scope,
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    access_token: accessToken,
    refresh_token: grants.issueRefreshToken(grant),
    refresh_token_expires_in: 86_400,
    ...(asked.includes("openid") && { id_token: idToken }),
  });
}

async function clientCredentials(form: URLSearchParams, { tenantId, principals, tokens }: Entra): Promise<Reply> {
  const clientId = form.get("client_id") ?? "";
  const principal = principals.find((one) => one.clientId === clientId.toLowerCase());
  if (!principal) {
    const unknown = `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenantId}'.`;
    return entraError(400, "unauthorized_client", unknown);
  }
  if (form.get("client_secret") !== principal.secret) {
    return entraError(401, "invalid_client", `AADSTS7000215: Invalid client secret provided for app '${clientId}'.`);
  }
  const scopes = form.get("scope")?.split(" ") ?? [];
  const scope = scopes.find((one) => one.endsWith("/.default"));
  const resource = scope?.slice(0, -"/.default".length) ?? "";
  const issued = await tokens.issue(principal, resource);
  if (!issued) {
    const unknown = `AADSTS500011: The resource principal named ${resource} was not found in the tenant named ${tenantId}.`;
    return entraError(400, "invalid_resource", unknown);
  }
  const expiry = { expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds };
  return jsonReply({ token_type: "Bearer", ...expiry, access_token: issued.token });
}

function instanceDiscovery({ origin, tenantId }: Entra): Reply {
  const { host } = new URL(origin);
  return jsonReply({
    tenant_discovery_endpoint: `${origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

function openIdConfiguration({ origin, tenantId }: Entra): object {
  const tenant = `${origin}/${tenantId}`;
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${tenant}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    response_modes_supported: ["query", "fragment"],
    code_challenge_methods_supported: ["S256"],
    response_types_supported: ["code", "id_token", "token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    tenant_region_scope: null,
    cloud_instance_name: new URL(origin).host,
  };
}

function entraError(status: number, error: string, description: string): Reply {
  const code = Number(/AADSTS(\d+)/.exec(description)?.[1]);
  return jsonReply(
    { error, error_description: description, error_codes: [code], correlation_id: randomUUID() },
    status,
  );
}
