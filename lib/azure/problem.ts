import { isRestError, RestError } from "@azure/core-rest-pipeline";
import type { z } from "zod";
import { fail, ok, type Problem, type ProblemCode, type Result } from "../core/problem.ts";
import { meaningOf } from "./refusal.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Asks Azure once. `doing` completes "Could not ...", e.g. `restart VM app-01`. Throws surprises alone. */
export async function ask<T>(doing: string, call: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await call());
  } catch (error) {
    return { ok: false, problem: problemFrom(error, doing) };
  }
}

/** Azure answered with success, in a shape that we cannot work with. */
export class UnexpectedAnswer extends Error {}

/** Takes the fields that we need from an answer; throws what `problemFrom` explains. `what` names the resource. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new UnexpectedAnswer(`${what}: ${issues.slice(0, 3).join("; ")}`);
}

/**
 * The Problem behind what the SDK has thrown. Whatever is not an answer of Azure, of the network or of a
 * credential is a surprise, and thrown on.
 */
export function problemFrom(error: unknown, doing: string): Problem {
  if (isRestError(error)) return isRefusal(error) ? refused(error, doing) : unreachable(error, doing);
  if (error instanceof UnexpectedAnswer) {
    const sentence = `Azure's answer is not as expected (${clean(error.message)}). Update this tool, or report it.`;
    return problem("azure-refused", doing, sentence);
  }
  if (error instanceof Error && Object.hasOwn(credentialAdvice, error.name)) return notSignedIn(error, doing);
  throw error;
}

/** Whether Azure answered with an error; a success that broke off on the way counts as not reached. */
function isRefusal(error: RestError): boolean {
  return error.statusCode !== undefined && error.statusCode >= 300;
}

function refused(error: RestError, doing: string): Problem {
  // Without ARM's code it is a proxy's answer; of a page that is no JSON the SDK quotes all of it.
  const fromArm = error.code !== undefined && error.code !== RestError.PARSE_ERROR;
  const status = error.statusCode ?? 0;
  const code = fromArm ? (error.code ?? "") : "";
  const text = fromArm ? clean(error.message) : "";
  const { sentence, ...meaning } = meaningOf({ status, code, text });
  const wait = error.response && retryAfterMs(error.response.headers, new Date());
  return problem(meaning.code, doing, sentence, {
    retryable: meaning.retryable,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    detail: ["HTTP", status, code, text].filter(Boolean).join(" "),
  });
}

/** OpenSSL's and Node's words for a certificate that does not convince. Trying again does not mend that. */
const distrust = /CERT|SIGNATURE|HOSTNAME_MISMATCH/;

function unreachable(error: RestError, doing: string): Problem {
  const code = error.code ?? RestError.REQUEST_SEND_ERROR;
  if (distrust.test(code)) {
    const sentence = `the certificate at Azure's address is not trusted (${code}). When a proxy stands between, name its CA in NODE_EXTRA_CA_CERTS.`;
    return problem("azure-unavailable", doing, sentence);
  }
  const sentence = `Azure was not reached, or its answer broke off (${code}). Check network, DNS and proxy, and try again.`;
  return problem("azure-unavailable", doing, sentence, { retryable: true });
}

/** By the names of the identity library's errors: importing their classes would load all of it. */
const credentialAdvice: Record<string, string> = {
  AggregateAuthenticationError: 'nobody is signed in to Azure. Run "az login" and try again.',
  CredentialUnavailableError:
    'there is no identity to sign in with. Give this machine its managed identity, or run "az login".',
  AuthenticationRequiredError: 'the sign-in to Azure is missing or over. Run "az login" and try again.',
  AuthenticationError: "Microsoft Entra refused the sign-in. Check the identity, its secret and its tenant.",
};

function notSignedIn(error: Error, doing: string): Problem {
  // The endpoint of a managed identity may come back; in a chain, one that cannot be reached is merely not there.
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

/** One bounded line without what could let somebody in: queries of addresses may be signed, tokens are tokens. */
function clean(text: string): string {
  return text
    .replace(/(https?:\/\/[^\s?"']+)\?[^\s"']*/gi, "$1")
    .replace(/\beyJ[\w-]+(\.[\w-]+)+/g, "(token)")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 600);
}
