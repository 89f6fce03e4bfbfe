import type { Problem, ProblemCode } from "../core/problem.ts";
import { wireCodeOf } from "../run-view/wire-code.ts";
import { type ApiResponse, type CheckedInput, jsonResponse } from "./api-message.ts";

/*
 * Error responses: `{error: {code, message, target?, details?}}`, with the code also in `x-ms-error-code`
 * (Azure REST API guidelines). Codes are part of the interface; messages are for people.
 */

export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

interface More {
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorResponse(status: number, code: string, message: string, more: More = {}): ApiResponse {
  const { headers, ...rest } = more;
  return jsonResponse(status, { error: { code, message, ...rest } }, { "x-ms-error-code": code, ...headers });
}

export function rejectInput(...given: Parameters<typeof errorResponse>): CheckedInput<never> {
  return { ok: false, response: errorResponse(...given) };
}

/** 403 for an authenticated caller without the required role. */
export function missingRoleResponse(role: string): ApiResponse {
  return errorResponse(
    403,
    "RoleMissing",
    `This request needs the app role ${role}. Ask an administrator to assign it, then sign in again.`,
  );
}

/** The HTTP status of each problem. */
const statusOf: Record<ProblemCode, number> = {
  "invalid-input": 400,
  "invalid-vm-id": 400,
  "foreign-cloud": 400,
  "unknown-check": 400,
  "unknown-remediation": 400,
  "run-not-found": 404,
  "run-not-undoable": 409,
  "decision-not-awaited": 409,
  "plan-changed": 409,
  "operation-not-found": 404,
  "operation-settled": 409,
  "self-approval": 403,
  "risk-above-limit": 403,
  "access-denied": 403,
  "vm-not-found": 404,
  "vm-replaced": 409,
  "not-windows": 409,
  "windows-too-old": 409,
  "vm-not-running": 409,
  "vm-busy": 409,
  "agent-not-ready": 409,
  "vm-claimed": 409,
  "vm-locked": 409,
  "sign-in-failed": 500,
  "right-missing": 500,
  "deny-assignment": 500,
  "policy-denied": 500,
  throttled: 503,
  "pipeline-refused": 502,
  "azure-unavailable": 503,
  "azure-refused": 500,
  "run-command-limit": 503,
  "run-command-busy": 409,
  "run-command-extension": 409,
  "script-timed-out": 500,
  "script-blocked": 409,
  "reply-missing": 500,
  "reply-cut": 500,
  "reply-foreign": 500,
  "reply-malformed": 500,
  "guest-refused": 409,
  "journal-unusable": 409,
  "guest-failed": 500,
  "service-unavailable": 503,
  "too-many-attempts": 503,
  "store-conflict": 503,
  "store-unavailable": 503,
  "run-unreadable": 500,
  internal: 500,
};

/** Default of `Retry-After`, in seconds. */
const defaultRetrySeconds = 30;

/** The response for a problem. Its `detail` is not sent: it is for the log. */
export function problemResponse({ code, message, retryable, retryAfterMs }: Problem): ApiResponse {
  const seconds = retryAfterMs === undefined ? defaultRetrySeconds : Math.max(1, Math.ceil(retryAfterMs / 1000));
  return errorResponse(retryable ? 503 : statusOf[code], wireCodeOf(code), message, {
    headers: retryable ? { "retry-after": String(seconds) } : {},
  });
}

export function rejectFor(problem: Problem): CheckedInput<never> {
  return { ok: false, response: problemResponse(problem) };
}
