import { createHash, randomBytes } from "node:crypto";
import type { HttpRequest, Reply } from "../http.ts";
import { type Person, persons } from "./persons.ts";

/*
 * The authorization endpoint of the simulated Entra: the code flow with PKCE, for single-page applications. As strict as
 * Entra where a mistake of the page would show: the registered redirect URI to the letter, S256, a code that works once.
 */

/** A single-page application of the tenant. */
export interface PageClient {
  readonly clientId: string;
  /** Registered redirect URIs. */
  readonly redirectUris: Set<string>;
}

/** What a code or a refresh token stands for. */
export interface Grant {
  readonly person: Person;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly nonce: string | null;
  readonly challenge: string;
}

interface Kept {
  readonly grant: Grant;
  readonly expires: number;
}

/** A code lives for ten minutes, a refresh token of a single-page application for a day. */
const codeMs = 10 * 60_000;
const refreshMs = 24 * 60 * 60_000;

/** The codes and refresh tokens of one tenant. Each works once. */
export interface Grants {
  issueCode(grant: Grant): string;
  issueRefreshToken(grant: Grant): string;
  /** `null` for a code that is unknown, used or too old. */
  takeCode(code: string): Grant | null;
  takeRefreshToken(token: string): Grant | null;
}

export function makeGrants(now: () => Date): Grants {
  const codes = new Map<string, Kept>();
  const refreshTokens = new Map<string, Kept>();
  function issue(into: Map<string, Kept>, prefix: string, grant: Grant, ms: number): string {
    const text = prefix + randomBytes(32).toString("base64url");
    into.set(text, { grant, expires: now().getTime() + ms });
    return text;
  }
  function take(from: Map<string, Kept>, text: string): Grant | null {
    const kept = from.get(text);
    from.delete(text);
    return kept && now().getTime() < kept.expires ? kept.grant : null;
  }
  return {
    issueCode: (grant) => issue(codes, "1.", grant, codeMs),
    issueRefreshToken: (grant) => issue(refreshTokens, "r.", grant, refreshMs),
    takeCode: (code) => take(codes, code),
    takeRefreshToken: (token) => take(refreshTokens, token),
  };
}

/** Whether the verifier is the one whose SHA-256 the challenge is (RFC 7636). */
export function provesChallenge(verifier: string, { challenge }: Grant): boolean {
  return /^[\w.~-]{43,128}$/.test(verifier) && createHash("sha256").update(verifier).digest("base64url") === challenge;
}

export interface AuthorizeContext {
  readonly clients: readonly PageClient[];
  readonly grants: Grants;
  readonly world: string;
}

/** The cookie that remembers who signed in, so that the next sign-in needs no click, as Entra's session does. */
const cookie = "sandbox_person";
/** The parameter by which the page of this sandbox says who was chosen. */
const choice = "sandbox_person";

/** Answers a request for a code: a page on which a person is chosen, or the redirect with the code. */
export function authorize({ query, headers }: HttpRequest, context: AuthorizeContext): Reply {
  const clientId = query.get("client_id")?.toLowerCase() ?? "";
  const client = context.clients.find((one) => one.clientId === clientId);
  if (!client)
    return errorPage(`AADSTS700016: Application with identifier '${clientId}' was not found in the directory.`);
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!client.redirectUris.has(redirectUri)) {
    return errorPage(
      `AADSTS50011: The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'.`,
    );
  }
  const refused = refusalOf(query);
  if (refused) return redirect(redirectUri, { error: "invalid_request", error_description: refused }, query);
  const person = personOf(query, headers.cookie);
  if (!person) return choosePage(query, context.world);
  const code = context.grants.issueCode({
    person,
    clientId,
    redirectUri,
    scope: query.get("scope") ?? "",
    nonce: query.get("nonce"),
    challenge: query.get("code_challenge") ?? "",
  });
  const remember = `${cookie}=${person.objectId}; Path=/; Secure; HttpOnly; SameSite=None`;
  return redirect(redirectUri, { code, session_state: person.objectId }, query, { "set-cookie": remember });
}

/** Ends the session, and leads back to a registered address. */
export function signOut({ query }: HttpRequest, { clients }: AuthorizeContext): Reply {
  const asked = query.get("post_logout_redirect_uri") ?? "";
  const forget = { "set-cookie": `${cookie}=; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=0` };
  const isRegistered = clients.some(({ redirectUris }) => redirectUris.has(asked));
  if (!isRegistered) return page("Signed out", "<p>You have signed out of the sandbox.</p>", 200, forget);
  const state = query.get("state");
  return {
    status: 302,
    headers: { location: state ? `${asked}?state=${encodeURIComponent(state)}` : asked, ...forget },
  };
}

function refusalOf(query: URLSearchParams): string | null {
  const challenge = query.get("code_challenge");
  if (query.get("response_type") !== "code") return "AADSTS700054: response_type must be 'code'.";
  if (!challenge)
    return "AADSTS9002325: Proof Key for Code Exchange is required for cross-origin authorization code redemption.";
  if (query.get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(challenge))
    return "AADSTS501491: Invalid size or method of Code_Challenge parameter; S256 is required.";
  if (!["fragment", "query"].includes(query.get("response_mode") ?? "query"))
    return "AADSTS70007: The response_mode is not supported.";
  if (!query.get("scope")) return "AADSTS900144: The request body must contain the following parameter: 'scope'.";
  return null;
}

function personOf(query: URLSearchParams, cookies: string | undefined): Person | undefined {
  const chosen = query.get(choice);
  const remembered = new RegExp(`(?:^|; )${cookie}=([\\w-]+)`).exec(cookies ?? "")?.[1];
  const id = chosen ?? (query.get("prompt") === "select_account" ? null : remembered);
  return Object.values(persons).find(({ objectId }) => objectId === id);
}

function redirect(
  uri: string,
  answer: Record<string, string>,
  query: URLSearchParams,
  headers: Record<string, string> = {},
): Reply {
  const state = query.get("state");
  const text = new URLSearchParams({ ...answer, ...(state !== null && { state }) });
  const mark = query.get("response_mode") === "fragment" ? "#" : "?";
  return { status: 302, headers: { location: `${uri}${mark}${text}`, "cache-control": "no-store", ...headers } };
}

function choosePage(query: URLSearchParams, world: string): Reply {
  const links = Object.values(persons).map((person) => {
    const next = new URLSearchParams([...query].filter(([name]) => name !== choice && name !== "prompt"));
    next.set(choice, person.objectId);
    return `<li><a href="?${escapeText(next.toString())}"><b>${person.name}</b><br>${person.userName}<br>${person.roles.join(", ")}</a></li>`;
  });
  const text = `<p>This is a simulated Microsoft Entra ID, of the sandbox with the world <b>${escapeText(world)}</b>. It knows three persons, and asks for no password.</p><ul>${links.join("")}</ul>`;
  return page("Who signs in?", text, 200);
}

function errorPage(text: string): Reply {
  return page(
    "The sign-in was refused",
    `<p>${escapeText(text)}</p><p>Simulated: this is the sandbox's Microsoft Entra ID.</p>`,
    400,
  );
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem;color-scheme:light dark}" +
  "ul{list-style:none;padding:0}li{margin:.5rem 0}a{display:block;padding:.75rem 1rem;border:1px solid;border-radius:6px;text-decoration:none}";

function page(title: string, body: string, status: number, headers: Record<string, string> = {}): Reply {
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style><main><h1>${title}</h1>${body}</main></html>`;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "cache-control": "no-store",
      ...headers,
    },
    text,
  };
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
