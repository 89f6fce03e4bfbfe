import { type HttpRequest, jsonReply, type Reply } from "../http.ts";
import type { Principal, Tokens } from "./tokens.ts";

/** The managed identity endpoint in the form of App Service: a URL and a secret header. */
export interface ManagedIdentity {
  readonly principal: Principal;
  readonly header: string;
  readonly tokens: Tokens;
}

export const identityPath = "/msi/token";

export async function answerIdentity(request: HttpRequest, identity: ManagedIdentity): Promise<Reply> {
  const { principal, header, tokens } = identity;
  if (request.headers["x-identity-header"] !== header) {
    return jsonReply({ statusCode: 401, message: "The X-IDENTITY-HEADER header is missing or wrong." }, 401);
  }
  const clientId = request.query.get("client_id");
  if (clientId !== null && clientId.toLowerCase() !== principal.clientId) {
    return jsonReply({ statusCode: 400, message: `No managed identity has the client id ${clientId}.` }, 400);
  }
  const resource = request.query.get("resource") ?? "";
  const issued = await tokens.issue(principal, resource);
  if (!issued) return jsonReply({ statusCode: 400, message: `The resource ${resource} is not known.` }, 400);
  return jsonReply({
    access_token: issued.token,
    expires_on: String(issued.expiresOn),
    resource,
    token_type: "Bearer",
    client_id: principal.clientId,
  });
}
