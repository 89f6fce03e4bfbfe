import { z } from "zod";

/**
 * Every way in which something expected can go wrong, named once. A code is part of the interface:
 * documents explain each one, and callers may branch on it.
 */
export const problemCodes = [
  // What the caller asked for cannot be meant.
  "invalid-input",
  "invalid-vm-id",
  "foreign-cloud",
  "unknown-check",
  "unknown-remediation",
  "run-not-found",
  "run-not-undoable",
  "decision-not-awaited",
  "plan-changed",
  // The caller may not ask for this.
  "self-approval",
  "risk-above-limit",
  // The VM is not in a state in which we may or can touch it.
  "vm-not-found",
  "not-windows",
  "vm-not-running",
  "vm-busy",
  "agent-not-ready",
  "vm-claimed",
  "vm-locked",
  // Azure said no, or not now.
  "sign-in-failed",
  "right-missing",
  "throttled",
  "azure-unavailable",
  "azure-refused",
  "run-command-limit",
  // Whoever is to go on did not take it.
  "pipeline-refused",
  // The guest's answer is not one we may act on.
  "script-timed-out",
  "script-blocked",
  "reply-missing",
  "reply-cut",
  "reply-foreign",
  "reply-malformed",
  "guest-refused",
  "guest-failed",
  // Ours.
  "too-many-attempts",
  "store-conflict",
  "store-unavailable",
  "run-unreadable",
  "internal",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/**
 * Something that could not be done, as a value. `message` is one or two English sentences: what could not be
 * done, and what to do next. `retryAfterMs` is set when somebody told us how long to wait.
 */
export const Problem = z.strictObject({
  code: z.enum(problemCodes),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().int().nonnegative().optional(),
  detail: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

/** The value asked for, or the problem that prevents it. Expected failures travel this way; exceptions are for surprises. */
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
