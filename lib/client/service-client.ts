import createClient, { type Client } from "openapi-fetch";
import { fail, ok, type Problem, type Result } from "../core/problem.ts";
import type { paths } from "./api-types.ts";
import { type Challenge, readChallenge } from "./challenge.ts";
import { problemOf } from "./problem-of.ts";

export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly expiresOn: number;
}

export interface ServiceConnection {
  /** https, or http on this machine. */
  readonly url: string;
  /** Gets a token for what the service has asked for. */
  readonly signIn: (challenge: Challenge) => Promise<Result<AccessToken>>;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly now?: () => number;
}

/** A typed request, and its answer as a value. */
export interface ServiceClient {
  readonly url: string;
  /** `request` calls one operation of the API. Its data, or the problem why there is none. */
  ask<T>(request: (api: Api) => Promise<Answer<T>>): Promise<Result<T>>;
}

export type Api = Client<paths>;

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** A token is renewed when it has less than this left. */
const renewMs = 5 * 60_000;

/**
 * A client of the service. The first request carries no token; the service's answer names the tenant and the audience, and
 * the request is repeated with a token for them. Redirects are not followed: they would take the token elsewhere.
 */
export function createServiceClient({
  url,
  signIn,
  fetch: send = fetch,
  now = Date.now,
}: ServiceConnection): ServiceClient {
  let challenge: Challenge | null = null;
  let token: AccessToken | null = null;

  async function authorize(request: Request): Promise<Request> {
    if (challenge === null) return request;
    if (token === null || token.expiresOn - now() < renewMs) {
      const given = await signIn(challenge);
      if (!given.ok) throw new SignInFailed(given.problem);
      token = given.value;
    }
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${token.token}`);
    return new Request(request, { headers });
  }

  async function sendSignedIn(request: Request): Promise<Response> {
    const copy = request.clone();
    const answered = await send(await authorize(request));
    if (answered.status !== 401) return answered;
    const asked = readChallenge(answered.headers.get("www-authenticate"));
    const isNew = asked?.tenantId !== challenge?.tenantId || asked?.audience !== challenge?.audience;
    if (asked === null || !isNew) return answered;
    challenge = asked;
    token = null;
    return send(await authorize(copy));
  }

  const api = createClient<paths>({
    baseUrl: url,
    fetch: sendSignedIn,
    redirect: "error",
    querySerializer: { array: { style: "form", explode: false } },
  });
  return {
    url,
    async ask(request) {
      try {
        const { data, error, response } = await request(api);
        return response.ok && data !== undefined ? ok(data) : { ok: false, problem: problemOf(response, error, url) };
      } catch (error) {
        if (error instanceof SignInFailed) return { ok: false, problem: error.problem };
        if (!(error instanceof TypeError) && !isTimeout(error)) throw error;
        const code = codeOf(error);
        return fail(
          "service-unavailable",
          `The service at ${url} cannot be reached${code}. Check its URL, and DNS, proxy and firewall; then try again.`,
          { retryable: true },
        );
      }
    },
  };
}

class SignInFailed extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** The code of Node.js behind a failed fetch, e.g. ` (ENOTFOUND)`. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? ` (${code})` : "";
}
