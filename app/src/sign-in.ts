import {
  AuthorizationResponseError,
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  type Client,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from "oauth4webapi";
import type { PageConfig } from "../../lib/core/page-config.ts";

/*
 * Sign-in with Microsoft Entra ID: authorization code with PKCE, by redirect (docs/decisions/0022-the-operator-page.md). Tokens are kept in
 * memory alone. What outlives the redirect is the verifier of one request, which is useless without its code; after a
 * reload the tenant's own session signs the person in again.
 */

export interface SignIn {
  /** An access token for the API, renewed when needed, and when it is `refused`, which the API did not accept. @throws SignInNeeded */
  token(refused?: string): Promise<string>;
  /** Leaves the page, and comes back to the same place signed in. */
  again(): Promise<void>;
  /** Forgets the tokens at once, and leaves the page: the browser may keep it, and show it again on the way back. */
  signOut(): void;
}

/** The session is over: only the person can start another one. */
export class SignInNeeded extends Error {
  constructor() {
    super("Your sign-in has ended. Sign in again; the page then opens where you are now.");
  }
}

/** Where to sign in. */
interface Tenant {
  readonly server: AuthorizationServer;
  readonly client: Client;
  readonly scope: string;
  readonly redirectUri: string;
  readonly signOutUrl: string;
}

/** A request that is under way while the person is at the tenant's page. */
interface Pending {
  readonly state: string;
  readonly verifier: string;
  /** Where in the page the person was. */
  readonly hash: string;
}

const pendingKey = "sign-in";
const signedOutKey = "signed-out";
/** A token is renewed when it has less than this left. */
const renewMs = 5 * 60_000;

/**
 * Completes a sign-in, or starts one and leaves the page. `null`: the person has just signed out, and is not signed in
 * again without a click. @throws Error when Microsoft Entra ID has refused
 */
export async function signIn(config: PageConfig & { readonly clientId: string }): Promise<SignIn | null> {
  const tenant = tenantOf(config);
  const returned = new URLSearchParams(location.hash.slice(1));
  if (returned.has("state") && (returned.has("code") || returned.has("error"))) return complete(tenant, returned);
  if (sessionStorage.getItem(signedOutKey) !== null) {
    sessionStorage.removeItem(signedOutKey);
    return null;
  }
  return leave(tenant);
}

function tenantOf({ authority, clientId, scope }: PageConfig & { readonly clientId: string }): Tenant {
  return {
    // The addresses of every tenant. Asking for them would make the page wait once more.
    server: {
      issuer: `${authority}/v2.0`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      token_endpoint: `${authority}/oauth2/v2.0/token`,
    },
    client: { client_id: clientId },
    scope: `${scope} offline_access`,
    redirectUri: new URL(".", document.baseURI).href,
    signOutUrl: `${authority}/oauth2/v2.0/logout`,
  };
}

/** Goes to the tenant's page; never returns. */
async function leave({ server, client, scope, redirectUri }: Tenant): Promise<never> {
  const pending: Pending = {
    state: generateRandomState(),
    verifier: generateRandomCodeVerifier(),
    hash: location.hash,
  };
  sessionStorage.setItem(pendingKey, JSON.stringify(pending));
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    // The code stays in the browser: a fragment is sent to no server, and is in no log.
    response_mode: "fragment",
    redirect_uri: redirectUri,
    scope,
    state: pending.state,
    code_challenge: await calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  });
  location.assign(`${server.authorization_endpoint}?${query}`);
  return new Promise(() => {});
}

async function complete(tenant: Tenant, returned: URLSearchParams): Promise<SignIn> {
  const { server, client, redirectUri } = tenant;
  const pending: Partial<Pending> = JSON.parse(sessionStorage.getItem(pendingKey) ?? "{}");
  sessionStorage.removeItem(pendingKey);
  // The code must not stay in the address or in the history.
  history.replaceState(null, "", pending.hash || "#/");
  if (pending.state === undefined || pending.verifier === undefined) return leave(tenant);
  try {
    const checked = validateAuthResponse(server, client, returned, pending.state);
    const answer = await authorizationCodeGrantRequest(server, client, None(), checked, redirectUri, pending.verifier);
    return keep(tenant, await processAuthorizationCodeResponse(server, client, answer));
  } catch (error) {
    throw new Error(refusalText(error), { cause: error });
  }
}

/** The tokens of a person, in memory. */
function keep(tenant: Tenant, first: TokenEndpointResponse): SignIn {
  const { server, client, scope } = tenant;
  /** `null`: the person has signed out. */
  let tokens: TokenEndpointResponse | null = first;
  let expires = expiryOf(first);
  let renewing: Promise<void> | null = null;

  async function renew(): Promise<void> {
    const known = tokens?.refresh_token;
    if (known === undefined) throw new SignInNeeded();
    const options = { additionalParameters: { scope } };
    const answer = await refreshTokenGrantRequest(server, client, None(), known, options);
    try {
      const renewed = await processRefreshTokenResponse(server, client, answer);
      if (tokens === null) return;
      tokens = { ...renewed, refresh_token: renewed.refresh_token ?? known };
      expires = expiryOf(renewed);
    } catch (error) {
      if (error instanceof ResponseBodyError) throw new SignInNeeded();
      throw error;
    }
  }

  return {
    async token(refused) {
      if (Date.now() > expires - renewMs || (tokens !== null && tokens.access_token === refused)) {
        renewing ??= renew().finally(() => {
          renewing = null;
        });
        await renewing;
      }
      if (tokens === null) throw new SignInNeeded();
      return tokens.access_token;
    },
    again: () => leave(tenant),
    signOut() {
      tokens = null;
      sessionStorage.setItem(signedOutKey, "yes");
      location.assign(`${tenant.signOutUrl}?${new URLSearchParams({ post_logout_redirect_uri: tenant.redirectUri })}`);
    },
  };
}

/** Of a token without a lifetime nothing is known: it is renewed at its next use. */
function expiryOf({ expires_in = 0 }: TokenEndpointResponse): number {
  return Date.now() + expires_in * 1000;
}

function refusalText(error: unknown): string {
  const isRefused = error instanceof AuthorizationResponseError || error instanceof ResponseBodyError;
  if (isRefused) return `Microsoft Entra ID refused the sign-in: ${error.error_description ?? error.error}`;
  if (error instanceof TypeError) return "Microsoft Entra ID cannot be reached. Check the network, and sign in again.";
  return `The answer of Microsoft Entra ID cannot be used (${error instanceof Error ? error.message : error}). Sign in again.`;
}
