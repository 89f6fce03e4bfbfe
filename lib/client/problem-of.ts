import { type Problem, type ProblemCode, problemCodes } from "../core/problem.ts";

/** Statuses after which the same request may succeed later. */
const passing = [408, 429, 502, 503, 504];

/** The problem behind an error response of the service, or of a gateway in front of it. */
export function problemOf({ status, headers }: Response, body: unknown, url: string): Problem {
  const { code, message } = errorIn(body) ?? {};
  const seconds = /^\d{1,5}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return {
    code: codeOf(code, status),
    message:
      message ?? `The service at ${url} answered with HTTP ${status} and no reason. Is this the URL of the service?`,
    retryable: passing.includes(status),
    ...(seconds !== undefined && { retryAfterMs: Number(seconds) * 1000 }),
  };
}

function errorIn(body: unknown): { code: string; message: string } | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return null;
  return typeof error.code === "string" && typeof error.message === "string"
    ? { code: error.code, message: error.message }
    : null;
}

/** `RunNotFound` is `run-not-found`; codes of HTTP alone are told by the status. */
function codeOf(wire: string | undefined, status: number): ProblemCode {
  const name = (wire ?? "").replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  const known = problemCodes.find((code) => code === name);
  if (known) return known;
  switch (status) {
    case 400:
      return "invalid-input";
    case 401:
      return "sign-in-failed";
    case 403:
      return "access-denied";
    case 404:
      return "run-not-found";
    case 429:
      return "throttled";
    default:
      return "service-unavailable";
  }
}
