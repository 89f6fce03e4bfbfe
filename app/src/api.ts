import createClient, { type Client } from "openapi-fetch";
import type { components, operations, paths } from "../../lib/client/api-types.ts";
import { type SignIn, SignInNeeded } from "./sign-in.ts";

export type RunSummary = components["schemas"]["RunSummary"];
export type RunsQuery = NonNullable<operations["listRuns"]["parameters"]["query"]>;
export type Run = components["schemas"]["Run"];
export type Operation = components["schemas"]["FleetOperation"];
export type ResultRow = components["schemas"]["FleetOperationResults"]["value"][number];
export type ScanRow = components["schemas"]["FleetOperationLockouts"]["value"][number];
export type Caller = components["schemas"]["Caller"];

/** Why there is no answer. `kind` decides what the page offers next. */
export interface Problem {
  readonly kind: "offline" | "signed-out" | "refused" | "busy";
  /** The code of the API, e.g. `RunNotFound`. */
  readonly code: string;
  /** What happened and what to do, for people. */
  readonly message: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** How long one answer may take, a report of thousands of VMs included. After a computer's sleep a connection may be dead unnoticed. */
const patienceMs = 120_000;

/** A typed request of one operation of the API, and its answer as a value; never throws. */
export interface Api {
  /** The time by the service's clock: that of the browser may be wrong by hours, and ages are counted from times of the service. */
  now(): number;
  ask<T>(
    request: (api: Client<paths>) => Promise<{ data?: T; error?: unknown; response: Response }>,
  ): Promise<Answer<T>>;
}

/**
 * The API that serves this page, called with the person's token. The browser keeps answers with an ETag and asks whether
 * they changed, so that asking again costs little.
 */
export function createApi(signIn: Pick<SignIn, "token">): Api {
  let ahead = 0;
  /** A renewed token that was refused all the same: another one would be, too. */
  let hopeless: string | null = null;

  async function send(request: Request, token: string): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${token}`);
    const answer = await fetch(new Request(request, { headers, signal: AbortSignal.timeout(patienceMs) }));
    ahead = aheadBy(answer.headers.get("date"));
    return answer;
  }

  const api = createClient<paths>({
    baseUrl: new URL("..", document.baseURI).href.replace(/\/$/, ""),
    credentials: "omit",
    redirect: "error",
    querySerializer: { array: { style: "form", explode: false } },
    async fetch(request) {
      const token = await signIn.token();
      const answer = await send(request.clone(), token);
      if (answer.status !== 401 || token === hopeless) return answer;
      // The browser's clock may have been set back, or the keys of the tenant have changed. Nothing was done, so it is sent again.
      const renewed = await signIn.token(token);
      const again = await send(request, renewed);
      hopeless = again.status === 401 ? renewed : null;
      return again;
    },
  });
  return {
    now: () => Date.now() - ahead,
    async ask(request) {
      try {
        const { data, error, response } = await request(api);
        if (response.ok && data !== undefined) return { ok: true, value: data };
        return { ok: false, problem: problemOf(response, error) };
      } catch (error) {
        if (error instanceof SignInNeeded) return refuse("signed-out", "SignInNeeded", error.message);
        const message = "The service cannot be reached. Nothing is lost; the page tries again.";
        if (error instanceof TypeError || isTimeout(error)) return refuse("offline", "Offline", message);
        // No JSON, or no token: a page of a proxy, or of Microsoft Entra ID while it is down.
        const unreadable =
          "The answer cannot be read: something between this page and the service gave it. Try again in a minute.";
        return refuse("busy", "Unreadable", unreadable);
      }
    },
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** How far the browser's clock is ahead of the service's; 0 when it is about right, or nobody says. */
function aheadBy(date: string | null): number {
  const ms = Date.now() - Date.parse(date ?? "");
  return Math.abs(ms) > 60_000 ? ms : 0;
}

function refuse(kind: Problem["kind"], code: string, message: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { kind, code, message } };
}

function problemOf({ status }: Response, body: unknown): Problem {
  const { code, message } = errorIn(body);
  const kind = status === 401 ? "signed-out" : status === 429 || status >= 500 ? "busy" : "refused";
  return {
    kind,
    code: code ?? `Http${status}`,
    message: message ?? `The service answered with HTTP ${status} and gave no reason. Try again in a minute.`,
  };
}

function errorIn(body: unknown): { code?: string; message?: string } {
  if (typeof body !== "object" || body === null || !("error" in body)) return {};
  const { error } = body;
  if (typeof error !== "object" || error === null) return {};
  return {
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    ...("message" in error && typeof error.message === "string" && { message: error.message }),
  };
}
