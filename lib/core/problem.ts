import { z } from "zod";

/**
 * Every expected failure, each with one code. A code is part of the interface: the documents explain each one, and
 * callers may branch on it.
 */
export const problemCodes = [
  // The request is invalid.
  "invalid-input",
  "invalid-vm-id",
  "foreign-cloud",
  "unknown-check",
  "unknown-remediation",
  "run-not-found",
  "run-not-undoable",
  "decision-not-awaited",
  "plan-changed",
  "operation-not-found",
  "operation-settled",
  // The caller is not permitted to request this.
  "self-approval",
  "risk-above-limit",
  "access-denied",
  // The VM's state does not permit work on it.
  "vm-not-found",
  "vm-replaced",
  "not-windows",
  "windows-too-old",
  "vm-not-running",
  "vm-busy",
  "agent-not-ready",
  "vm-claimed",
  "vm-locked",
  // Azure refused, or refused for now.
  "sign-in-failed",
  "right-missing",
  "deny-assignment",
  "policy-denied",
  "throttled",
  "azure-unavailable",
  "azure-refused",
  "run-command-limit",
  "run-command-busy",
  "run-command-extension",
  // The next system in the chain did not accept the request.
  "pipeline-refused",
  // The guest's reply cannot be relied on.
  "script-timed-out",
  "script-blocked",
  "reply-missing",
  "reply-cut",
  "reply-foreign",
  "reply-malformed",
  "guest-refused",
  "journal-unusable",
  "guest-failed",
  // The service that the terminal talks to does not answer.
  "service-unavailable",
  // Failures of this service.
  "too-many-attempts",
  "store-conflict",
  "store-unavailable",
  "run-unreadable",
  "internal",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/**
 * A failure as a value. `message` is one or two English sentences: what could not be done, and what to do next.
 * `retryAfterMs` is set when the other side said how long to wait.
 */
export const Problem = z.strictObject({
  code: z.enum(problemCodes),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().int().nonnegative().optional(),
  detail: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

/**
 * The requested value, or the problem that prevents it. Expected failures are returned as values; exceptions are for
 * unexpected ones.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(
  code: ProblemCode,
  message: string,
  more: { retryable?: boolean; retryAfterMs?: number; detail?: string } = {},
): { ok: false; problem: Problem } {
  return { ok: false, problem: { code, message, retryable: false, ...more } };
}
