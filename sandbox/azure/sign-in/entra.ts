import { randomUUID } from "node:crypto";
import { type HttpRequest, jsonReply, type Reply } from "../http.ts";
import { lifetimeSeconds, type Principal, type Tokens } from "./tokens.ts";

/** A simulated Entra tenant. The name `adfs` serves clients that use the AD FS form, as az does to stay offline. */
export interface Entra {
  readonly origin: string;
  readonly tenantId: string;
  readonly principals: readonly Principal[];
  readonly tokens: Tokens;
}

const paths =
  /^\/([^/]+)(?:\/v2\.0)?\/(?:(\.well-known\/openid-configuration)|(discovery\/(?:v2\.0\/)?keys)|(oauth2\/(?:v2\.0\/)?token))$/;

/** Answers the paths of Entra: discovery, keys, client credentials; `null` for any other path. */
export async function answerEntra(request: HttpRequest, entra: Entra): Promise<Reply | null> {
  if (request.path === "/common/discovery/instance") return instanceDiscovery(entra);
  const match = paths.exec(request.path);
  if (!match) return null;
  const [, tenant = "", configuration, keys] = match;
  if (![entra.tenantId, "adfs"].includes(tenant.toLowerCase())) {
    return entraError(400, "invalid_tenant", `AADSTS90002: Tenant '${tenant}' not found.`);
  }
  if (configuration) return jsonReply(openIdConfiguration(entra));
  if (keys) return jsonReply({ keys: [entra.tokens.jwk] });
  if (request.method === "POST") return clientCredentials(request, entra);
  return entraError(400, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
}

async function clientCredentials(request: HttpRequest, { tenantId, principals, tokens }: Entra): Promise<Reply> {
  const form = new URLSearchParams(request.body);
  if (form.get("grant_type") !== "client_credentials") {
    return entraError(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
  }
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
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
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
