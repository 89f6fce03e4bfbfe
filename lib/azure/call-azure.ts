import { isRestError, RestError } from "@azure/core-rest-pipeline";
import type { z } from "zod";
import { fail, ok, type Problem, type ProblemCode, type Result } from "../core/problem.ts";
import { meaningOf } from "./arm-errors.ts";
import { policyViolations } from "./policy-violation.ts";
import { retryAfterMs } from "./retry-after.ts";

/**
 * Calls Azure once. `doing` completes "Could not ...", e.g. `restart VM app-01`. Throws only what `problemFrom`
 * rethrows.
 */
export async function callAzure<T>(doing: string, call: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await call());
  } catch (error) {
    return { ok: false, problem: problemFrom(error, doing) };
  }
}

/** Azure answered with success, but the response does not have the expected fields. */
export class UnexpectedResponse extends Error {}

/** Parses the fields that are needed from a response. `what` names the resource. @throws UnexpectedResponse */
export function parseResponse<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new UnexpectedResponse(`${what}: ${issues.slice(0, 3).join("; ")}`);
}

/**
 * Converts what the SDK has thrown into a Problem: an error response of Azure, a network failure or a failed sign-in.
 * @throws every other error unchanged: it is a bug
 */
export function problemFrom(error: unknown, doing: string): Problem {
  if (isRestError(error)) return isRefusal(error) ? refused(error, doing) : unreachable(error, doing);
  if (error instanceof UnexpectedResponse) {
    const sentence = `Azure's answer has an unexpected form (${clean(error.message)}). Update this tool, or report the message.`;
    return problem("azure-refused", doing, sentence);
  }
  if (error instanceof Error && Object.hasOwn(credentialAdvice, error.name)) return notSignedIn(error, doing);
  throw error;
}

/** Whether Azure answered with an error. A successful response that was interrupted counts as a network failure. */
function isRefusal(error: RestError): boolean {
  return error.statusCode !== undefined && error.statusCode >= 300;
}

function refused(error: RestError, doing: string): Problem {
  // Without ARM's code the answer comes from a proxy. The SDK quotes a page that is not JSON in full.
  const fromArm = error.code !== undefined && error.code !== RestError.PARSE_ERROR;
  const status = error.statusCode ?? 0;
  const code = fromArm ? (error.code ?? "") : "";
  const text = fromArm ? clean(error.message) : "";
  const policies = fromArm ? policyViolations(bodyOf(error), error.message) : [];
  const { sentence, ...meaning } = meaningOf({ status, code, text, tenant: tenantIn(error), policies });
  const wait = error.response && retryAfterMs(error.response.headers, new Date());
  return problem(meaning.code, doing, sentence, {
    retryable: meaning.retryable,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    detail: ["HTTP", status, code, text].filter(Boolean).join(" "),
  });
}

/** The tenant that a 401 names: ARM takes only tokens of the one that holds the subscription. */
function tenantIn({ response }: RestError): string | undefined {
  const asked = response?.headers.get("www-authenticate") ?? "";
  return /\bauthorization(?:_uri)?="https:\/\/[^"/]+\/([0-9a-f-]{36})"/i.exec(asked)?.[1];
}

/** The JSON of the answer; `undefined` when it is none. */
function bodyOf({ response }: RestError): unknown {
  try {
    return JSON.parse(response?.bodyAsText ?? "");
  } catch {
    return undefined;
  }
}

/** Error codes of OpenSSL and Node.js for a certificate that is not trusted. Retrying does not help. */
const distrust = /CERT|SIGNATURE|HOSTNAME_MISMATCH/;

function unreachable(error: RestError, doing: string): Problem {
  const code = error.code ?? RestError.REQUEST_SEND_ERROR;
  if (distrust.test(code)) {
    const sentence = `the TLS certificate at Azure's address is not trusted (${code}). If a proxy inspects TLS, set NODE_EXTRA_CA_CERTS to the file of its CA certificate.`;
    return problem("azure-unavailable", doing, sentence);
  }
  const sentence = `Azure could not be reached, or its answer was interrupted (${code}). Check network, DNS and proxy, then try again.`;
  return problem("azure-unavailable", doing, sentence, { retryable: true });
}

/** By the names of the identity library's errors: importing their classes would load all of it. */
const credentialAdvice: Record<string, string> = {
  AggregateAuthenticationError: 'nobody is signed in to Azure. Run "az login" and try again.',
  CredentialUnavailableError:
    'no identity is available for signing in. Assign a managed identity to this machine, or run "az login".',
  AuthenticationRequiredError: 'the sign-in to Azure is missing or has expired. Run "az login" and try again.',
  AuthenticationError: "Microsoft Entra ID rejected the sign-in. Check the identity, its secret and its tenant.",
};

/**
 * MSAL's and Node's codes in the message of a sign-in that never reached Microsoft Entra ID: the secret was not tried.
 */
const noNetwork =
  /\b(network_error|endpoints_resolution_error|E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH))\b/;

function notSignedIn(error: Error, doing: string): Problem {
  const [, failure] = error.name === "AuthenticationError" ? (noNetwork.exec(error.message) ?? []) : [];
  if (failure) {
    const sentence = `Microsoft Entra ID could not be reached (${failure}). Check DNS, proxy and firewall, then try again; the credentials were not tried.`;
    return problem("azure-unavailable", doing, sentence, { retryable: true, detail: clean(error.message) });
  }
  // The endpoint of a managed identity may be down for a moment. In a chain of credentials it is simply absent.
  const retryable = error.name === "CredentialUnavailableError" && /network unreachable/i.test(error.message);
  const detail = clean(error.message);
  return problem("sign-in-failed", doing, credentialAdvice[error.name] ?? "", { retryable, detail });
}

function problem(
  code: ProblemCode,
  doing: string,
  sentence: string,
  more: { retryable?: boolean; retryAfterMs?: number; detail?: string } = {},
): Problem {
  return fail(code, `Could not ${doing}: ${sentence}`, more).problem;
}

/** One bounded line without secrets: the queries of URLs (they may be signed) and access tokens are removed. */
function clean(text: string): string {
  return text
    .replace(/(https?:\/\/[^\s?"']+)\?[^\s"']*/gi, "$1")
    .replace(/\beyJ[\w-]+(\.[\w-]+)+/g, "(token)")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 600);
}
